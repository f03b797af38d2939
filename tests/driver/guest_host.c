/* SPDX-License-Identifier: MIT */
/* guest_host.c - a host that misbehaves, and programs that are killed meanwhile */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/driver/guest.h"

static void test_a_worker_dies(void)
{
	struct blocked waiter = { 0 }, pinner = { .p = memory(PAGE) };
	uint32_t seen = 0, region;
	struct ready r, other;

	ready_open(&other, PAGE);
	ready_open(&r, PAGE);
	waiter.channel = r.channel;
	blocked_start(&waiter, blocked_wait, r.fd);
	order_by(r.fd, ORDER_CONTROL_MUTE);
	blocked_start(&pinner, blocked_pin, r.fd);
	order_by(r.fd, ORDER_CONTROL_DIE);
	FAILS(pin_try(r.fd, r.p, PAGE, &region), EPIPE);
	CHECK(blocked_join(&waiter) == EPIPE);
	CHECK(blocked_join(&pinner) == EPIPE);
	FAILS(channel_wait(r.fd, r.channel, &seen), EPIPE);
	FAILS(channel_call(r.fd, QCUDA_IOC_DOORBELL, r.channel), EPIPE);
	FAILS(unpin(r.fd, r.region), EPIPE);
	ring_and_wait(&other, &seen);
	ready_close(&r);
	ready_open(&r, PAGE);
	seen = 0;
	ring_and_wait(&r, &seen);
}

static void test_a_worker_says_that_it_is_dead(void)
{
	uint32_t region, seen = 0;
	struct ready r;

	ready_open(&r, PAGE);
	order_by(r.fd, ORDER_CONTROL_DEAD);
	FAILS(pin_try(r.fd, r.p, PAGE, &region), EPIPE);
	FAILS(channel_wait(r.fd, r.channel, &seen), EPIPE);
}

static void test_answers_that_make_no_sense(void)
{
	static const enum backend_order orders[] = {
		ORDER_CONTROL_GARBAGE, ORDER_CONTROL_SHORT, ORDER_CONTROL_EMPTY,
	};
	uint32_t region, id;
	struct ready r;

	for (unsigned i = 0; i < 3; i++) {
		ready_open(&r, PAGE);
		order_by(r.fd, orders[i]);
		FAILS(pin_try(r.fd, r.p, PAGE, &region), EIO);
		order_by(r.fd, orders[i]);
		FAILS(channel_start(r.fd, r.region, RING, &id), EIO);
		order_by(r.fd, orders[i]);
		FAILS(channel_call(r.fd, QCUDA_IOC_CHANNEL_STOP, r.channel), EIO);
		order_by(r.fd, orders[i]);
		FAILS(unpin(r.fd, r.region), EIO);
		FAILS(unpin(r.fd, r.region), ENOENT);
		ready_close(&r);
	}
}

static void test_the_host_refuses(void)
{
	uint32_t region, id, seen = 0;
	struct ready r;
	long before;

	ready_open(&r, PAGE);
	order_by(r.fd, ORDER_CONTROL_REFUSE);
	before = pinned();
	FAILS(pin_try(r.fd, r.p, PAGE, &region), EINVAL);
	CHECK(pinned() == before);
	order_by(r.fd, ORDER_CONTROL_REFUSE);
	FAILS(channel_start(r.fd, r.region, RING, &id), EINVAL);
	order_by(r.fd, ORDER_CONTROL_REFUSE);
	FAILS(channel_call(r.fd, QCUDA_IOC_CHANNEL_STOP, r.channel), EINVAL);
	ring_and_wait(&r, &seen);
	order_by(r.fd, ORDER_CONTROL_REFUSE);
	FAILS(unpin(r.fd, r.region), EINVAL);
	CHECK(!unpin(r.fd, r.region));
}

static void test_made_up_events(void)
{
	uint32_t seen = 0;
	struct ready r;

	ready_open(&r, PAGE);
	order_by(r.fd, ORDER_CONTROL_STORM);
	CHECK(!unpin(r.fd, pin(r.fd, r.p, PAGE)));
	ring_and_wait(&r, &seen);
}

static void test_open_is_refused(void)
{
	order(ORDER_OPEN_REFUSE);
	FAILS(node_open(), ENOMEM);
	order(ORDER_OPEN_DRIVER);
	FAILS(node_open(), ENXIO);
	order(ORDER_OPEN_SHORT);
	FAILS(node_open(), EIO);
	order(ORDER_OPEN_SLOW);
	close(session_open());
}

/* Start a child that does this, kill it after a while, and see that it goes at once. */
static void kill_in(void (*function)(int), int fd, unsigned us)
{
	pid_t child = fork();
	double start;

	if (!child) {
		function(fd);
		_exit(0);
	}
	usleep(us);
	start = now();
	kill(child, SIGKILL);
	CHECK(waitpid(child, NULL, 0) == child);
	CHECK(now() - start < 1.5);
}

static void child_open(int fd)
{
	node_open();
}

static void child_pin(int fd)
{
	uint32_t region;

	fd = session_open();
	order_by(fd, ORDER_CONTROL_MUTE);
	pin_try(fd, memory(PAGE), PAGE, &region);
}

static void test_killed_in_open(void)
{
	int fd = session_open();

	order_by(fd, ORDER_OPEN_MUTE);
	kill_in(child_open, -1, 200000);
	order_by(fd, ORDER_NORMAL);
	for (int i = 0; i < 20; i++)
		close(session_open());
}

static void test_killed_in_pin(void)
{
	long before = pinned();

	for (int i = 0; i < 5; i++)
		kill_in(child_pin, -1, 200000);
	CHECK(pinned_becomes(before, 1000));
}

/* What a program does all day, until it is killed */
void child_busy(int fd)
{
	size_t size = 600 * PAGE;

	for (;;) {
		struct blocked b = { 0 };
		struct ready r;

		ready_open(&r, size);
		b.channel = r.channel;
		b.fd = r.fd;
		pthread_create(&b.thread, NULL, blocked_wait, &b);
		for (int i = 0; i < 20; i++)
			CHECK(!unpin(r.fd, pin(r.fd, r.p, size)));
		channel_call(r.fd, QCUDA_IOC_DOORBELL, r.channel);
		pthread_join(b.thread, NULL);
		ready_close(&r);
	}
}

static void test_killed_at_any_moment(void)
{
	long before = pinned();
	struct ready other;
	uint32_t seen = 0;

	ready_open(&other, PAGE);
	for (int i = 0; i < 200; i++) {
		kill_in(child_busy, -1, random() % 20000);
		ring_and_wait(&other, &seen);
	}
	ready_close(&other);
	CHECK(pinned_becomes(before, 2000));
	for (int i = 0; i < SESSIONS; i++)
		session_open();
}

static void test_close_is_not_answered(void)
{
	long before = pinned();
	int fd = session_open(), other;
	uint8_t *p = memory(PAGE);
	double start;

	pin(fd, p, PAGE);
	other = session_open();
	order_by(other, ORDER_CLOSE_MUTE);
	start = now();
	close(fd);
	CHECK(now() - start > 4 && now() - start < 7);
	CHECK(pinned() == before + 2);
	order_by(other, ORDER_NORMAL);
	CHECK(pinned_becomes(before + 2, 1000));
	close(other);
	CHECK(pinned_becomes(before, 1000));
	close(session_open());
}

static void test_open_waits_for_a_session_that_is_closing(void)
{
	int fds[SESSIONS];
	pid_t child;
	int status;

	for (int i = 0; i < SESSIONS; i++)
		fds[i] = session_open();
	order_by(fds[0], ORDER_CLOSE_MUTE);
	close(fds[1]);
	child = fork();
	if (!child) {
		session_open();
		_exit(0);
	}
	sleep_ms(300);
	CHECK(!waitpid(child, &status, WNOHANG));
	order_by(fds[0], ORDER_NORMAL);
	CHECK(waitpid(child, &status, 0) == child && !status);
}

/* Sessions whose end is not confirmed keep their pages and queues until the reset. */
static void test_close_is_refused(void)
{
	long before = pinned();
	int fd = session_open(), other = session_open();

	pin(fd, memory(PAGE), PAGE);
	order_by(other, ORDER_CLOSE_REFUSE);
	close(fd);
	CHECK(pinned() == before + 2);
	for (int i = 0; i < SESSIONS - 2; i++)
		close(session_open());
	close(other);
	CHECK(pinned() == before + 1);
	module_reload();
	CHECK(pinned() == before);
}

static void test_close_keeps_the_buffers(void)
{
	long before = pinned();
	int fd = session_open(), other = session_open(), fds[SESSIONS - 2];

	pin(fd, memory(PAGE), PAGE);
	order_by(other, ORDER_CLOSE_KEEP);
	close(fd);
	CHECK(pinned() == before + 1);
	for (int i = 0; i < SESSIONS - 2; i++)
		fds[i] = session_open();
	FAILS(node_open(), EBUSY);
	for (int i = 0; i < SESSIONS - 2; i++)
		close(fds[i]);
	close(other);
	module_reload();
	CHECK(pinned() == before);
}

static void test_the_ring_is_broken(void)
{
	struct blocked waiter = { 0 };
	long before = pinned();
	uint32_t region, seen = 0;
	struct ready r;
	int fds[SESSIONS - 1];

	ready_open(&r, PAGE);
	waiter.channel = r.channel;
	blocked_start(&waiter, blocked_wait, r.fd);
	order_by(r.fd, ORDER_CONTROL_BAD_ID);
	FAILS(pin_try(r.fd, r.p, PAGE, &region), EIO);
	CHECK(blocked_join(&waiter) == EIO);
	FAILS(channel_wait(r.fd, r.channel, &seen), EIO);
	ready_close(&r);
	CHECK(pinned() == before);
	for (int i = 0; i < SESSIONS - 1; i++)
		fds[i] = session_open();
	FAILS(node_open(), EBUSY);
	for (int i = 0; i < SESSIONS - 1; i++)
		close(fds[i]);
	module_reload();
	for (int i = 0; i < SESSIONS; i++)
		session_open();
}

static void test_hello_is_refused(void)
{
	order(ORDER_HELLO_VERSION);
	module_reload();
	FAILS(node_open(), ENOENT);
	module_reload();
	close(session_open());
}

static void test_hello_is_not_answered(void)
{
	order(ORDER_HELLO_MUTE);
	module_reload();
	FAILS(node_open(), ENOENT);
	module_reload();
	close(session_open());
}

const struct driver_test host_tests[] = {
	TEST(a_worker_dies),
	TEST(a_worker_says_that_it_is_dead),
	TEST(answers_that_make_no_sense),
	TEST(the_host_refuses),
	TEST(made_up_events),
	TEST(open_is_refused),
	TEST(killed_in_open),
	TEST(killed_in_pin),
	TEST(killed_at_any_moment),
	TEST(close_is_not_answered),
	TEST(open_waits_for_a_session_that_is_closing),
	TEST(close_is_refused),
	TEST(close_keeps_the_buffers),
	TEST(the_ring_is_broken),
	TEST(hello_is_refused),
	TEST(hello_is_not_answered),
	{ NULL, NULL },
};
