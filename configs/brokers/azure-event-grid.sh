#!/bin/sh
# Topic spaces and permissions of an Azure Event Grid namespace for edgegw. Written from its documentation, not tried.
#   ./azure-event-grid.sh GROUP NAMESPACE
set -eu
group=$1 namespace=$2

space() {
    az eventgrid namespace topic-space create -g "$group" --namespace-name "$namespace" -n "$1" --topic-templates "$2"
}
permit() {
    az eventgrid namespace permission-binding create -g "$group" --namespace-name "$namespace" \
        -n "$1" --client-group-name "$2" --topic-space-name "$3" --permission "$4"
}
clients() {
    az eventgrid namespace client-group create -g "$group" --namespace-name "$namespace" -n "$1" --group-query "$2"
}

# shellcheck disable=SC2016  # Azure puts the name in, not the shell
space site-up 'edgegw/v1/${client.authenticationName}/up/#'
# shellcheck disable=SC2016
space site-down 'edgegw/v1/${client.authenticationName}/dn/#'
space fleet-up 'edgegw/v1/+/up/#'
space fleet-down 'edgegw/v1/+/dn/#'

# Give each client the attribute role: site for a gateway, cloud for `edgegw ingest`.
clients sites 'attributes.role = "site"'
clients cloud 'attributes.role = "cloud"'

permit site-publishes sites site-up Publisher
permit site-subscribes sites site-down Subscriber
permit cloud-subscribes cloud fleet-up Subscriber
permit cloud-publishes cloud fleet-down Publisher
