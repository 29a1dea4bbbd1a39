/* tests/bench/services/wire.h - connections of clients on this machine. */
#ifndef TESTS_BENCH_SERVICES_WIRE_H
#define TESTS_BENCH_SERVICES_WIRE_H

/* A connected socket with a timeout of ten seconds, or the end of the program. */
int wire_local(const char *path);
int wire_tcp(const char *port);
int wire_udp(const char *port);

#endif
