/* A Modbus server of libmodbus that holds the registers which stand in a file, as lines of "function address value".
 *   libmodbus_server FILE tcp            on a free port of 127.0.0.1, every unit
 *   libmodbus_server FILE rtu TTY UNIT   8N1
 * It prints the port (0 for rtu) when it listens, and runs until it is killed. */
#include <arpa/inet.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 65536 };

static modbus_mapping_t *loaded(const char *path)
{
    modbus_mapping_t *map = modbus_mapping_new(0, 0, CELLS, CELLS);
    FILE *file = fopen(path, "r");
    unsigned function, address, value;
    if (map == NULL || file == NULL)
        return NULL;
    while (fscanf(file, "%u %u %u", &function, &address, &value) == 3)
        (function == 3 ? map->tab_registers : map->tab_input_registers)[address] = (uint16_t) value;
    fclose(file);
    return map;
}

static void serve(modbus_t *modbus, modbus_mapping_t *map)
{
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    int length;
    while ((length = modbus_receive(modbus, query)) != -1)
        if (length > 0)
            modbus_reply(modbus, query, length, map);
}

static void ready(int port)
{
    printf("%d\n", port);
    fflush(stdout);
}

int main(int count, char **words)
{
    modbus_mapping_t *map = count >= 3 ? loaded(words[1]) : NULL;
    modbus_t *modbus;
    if (map == NULL)
        return 2;
    if (strcmp(words[2], "rtu") == 0 && count == 5) {
        modbus = modbus_new_rtu(words[3], 9600, 'N', 8, 1);
        if (modbus == NULL || modbus_set_slave(modbus, atoi(words[4])) == -1 || modbus_connect(modbus) == -1)
            return 1;
        ready(0);
        for (;;)
            serve(modbus, map);
    }
    struct sockaddr_in where;
    socklen_t size = sizeof where;
    modbus = modbus_new_tcp("127.0.0.1", 0);
    int listening = modbus == NULL ? -1 : modbus_tcp_listen(modbus, 5);
    if (listening == -1 || getsockname(listening, (struct sockaddr *) &where, &size) == -1)
        return 1;
    ready(ntohs(where.sin_port));
    while (modbus_tcp_accept(modbus, &listening) != -1)
        serve(modbus, map);
    return 1;
}
