"""The process: `app` builds and joins everything, `supervisor` keeps services alive, `notify` talks to systemd, `reload`
says what of a new file means which change, `process` is signals and exit codes."""
