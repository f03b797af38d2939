/* SPDX-License-Identifier: MIT */
/*
 * guest.h - what the tests of the driver share: sessions, pins, channels, orders to the host
 *
 * A helper that is not asked for an error fails the test when there is one (CHECK).
 */
#ifndef TESTS_DRIVER_GUEST_H
#define TESTS_DRIVER_GUEST_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/driver/backend.h"
#include "wire/protocol.h"
#include "wire/qcuda_uapi.h"

#define PAGE		4096ul
#define MIB		(1ul << 20)
#define SESSIONS	4	/* of /dev/qcuda, see tests/driver/run */
#define RING		PAGE

#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__)
/* The call fails with this errno */
#define FAILS(call, error) check((call) == -1 && errno == (error), #call " is " #error, __FILE__, __LINE__)

/** struct driver_test - @run: returns, or ends the process with the exit status */
struct driver_test {
	const char *name;
	void (*run)(void);
};

#define TEST(name) { #name, test_##name }

/* The tests of each file, in the order in which they should run; a name of NULL ends them */
extern const struct driver_test session_tests[];
extern const struct driver_test pin_tests[];
extern const struct driver_test watch_tests[];
extern const struct driver_test account_tests[];
extern const struct driver_test channel_tests[];
extern const struct driver_test chaos_tests[];
extern const struct driver_test host_tests[];
extern const struct driver_test lifecycle_tests[];

void check(bool good, const char *what, const char *file, int line);
void sleep_ms(unsigned ms);
double now(void);
/* A number in a file of "name value" lines */
long file_number(const char *path, const char *name);
void file_write(const char *path, const char *format, ...);
/* Pages with a pin on them, in the whole system */
long pinned(void);
bool pinned_becomes(long pages, unsigned ms);
int module_load(void);
int module_unload(void);
void module_reload(void);
/*
 * Which node is the device under test?  Usually the first; but if virtiofs was
 * there before us, it may have refused the second (for its tag), which we then
 * have bound before we could take the first.
 */
const char *node(void);
const char *second_node(void);
int node_open(void);
int session_open(void);
void *memory(size_t size);
int pin_try(int fd, void *p, size_t size, uint32_t *region);
uint32_t pin(int fd, void *p, size_t size);
int unpin(int fd, uint32_t region);
/* The words of a session's watch page; the mapping holds the session as its file does */
const volatile uint32_t *watch_page(int fd);
int pin_watched_try(int fd, void *p, size_t size, uint32_t word, uint32_t *region);
int channel_start(int fd, uint32_t region, uint32_t ring, uint32_t *id);
int channel_call(int fd, unsigned long command, uint32_t channel);
int channel_wait(int fd, uint32_t channel, uint32_t *seen);
/* Give the back-end an order; see backend.h. */
void order_by(int fd, enum backend_order order);
/* The same in a session of its own: for orders about HELLO and OPEN */
void order(enum backend_order order);
/* The names of the devices that virtiofs has, and how many they are */
int virtiofs_devices(char names[8][16]);

/* A thread that makes one ioctl, and what came of it */
struct blocked {
	pthread_t thread;
	int fd;
	uint32_t channel;
	void *p;
	int error;
};

void *blocked_wait(void *arg);
void *blocked_pin(void *arg);
void blocked_start(struct blocked *b, void *(*function)(void *), int fd);
int blocked_join(struct blocked *b);

/* A session with one running channel */
struct ready {
	int fd;
	uint32_t region, channel;
	uint64_t *p;
	size_t size;
};

void ready_open(struct ready *r, size_t size);
void ready_close(struct ready *r);
void ring_and_wait(struct ready *r, uint32_t *seen);
/* Let the host write into each page, and see that it did so in the right ones. */
void host_reaches(struct ready *r, uint64_t *p, size_t size);

/* guest_channel.c: the body of a thread that rings and waits; its argument points to the session */
void *eight_threads(void *arg);

/* guest_host.c: what a program does all day, until it is killed */
void child_busy(int fd);

#endif
