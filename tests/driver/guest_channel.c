/* SPDX-License-Identifier: MIT */
/* guest_channel.c - rings, wake-ups and waits */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/driver/guest.h"

static void test_channels_start_and_stop(void)
{
	uint32_t ids[QCUDA_MAX_CHANNELS], id, seen = 0;
	struct ready r;

	ready_open(&r, PAGE);
	FAILS(channel_start(r.fd, r.region, 0, &id), EINVAL);
	ids[0] = r.channel;
	for (unsigned i = 1; i < QCUDA_MAX_CHANNELS; i++)
		CHECK(!channel_start(r.fd, r.region, RING, &ids[i]) && ids[i] == i);
	FAILS(channel_start(r.fd, r.region, RING, &id), ENOSPC);
	for (unsigned i = 0; i < QCUDA_MAX_CHANNELS; i++) {
		seen = 0;
		CHECK(!channel_call(r.fd, QCUDA_IOC_DOORBELL, ids[i]));
		CHECK(!channel_wait(r.fd, ids[i], &seen) && seen >= 1);
	}
	CHECK(!channel_call(r.fd, QCUDA_IOC_CHANNEL_STOP, 7));
	FAILS(channel_call(r.fd, QCUDA_IOC_CHANNEL_STOP, 7), ENOENT);
	FAILS(channel_call(r.fd, QCUDA_IOC_DOORBELL, 7), ENOENT);
	FAILS(channel_wait(r.fd, 7, &seen), ENOENT);
	CHECK(!channel_start(r.fd, r.region, RING, &id) && id == 7);
	ready_close(&r);
}

static void test_doorbell_and_wait(void)
{
	uint32_t seen = 0, last = 0;
	struct ready r;
	double start;

	ready_open(&r, PAGE);
	start = now();
	for (int i = 0; i < 2000; i++) {
		ring_and_wait(&r, &seen);
		CHECK(seen != last);
		last = seen;
	}
	printf("doorbell and wait: %.0f us\n", (now() - start) / 2000 * 1e6);
	ready_close(&r);
}

void *eight_threads(void *arg)
{
	int fd = *(int *)arg;
	uint32_t seen = 0;
	struct ready r = { .fd = fd, .p = memory(PAGE) };

	r.region = pin(fd, r.p, PAGE);
	CHECK(!channel_start(fd, r.region, RING, &r.channel));
	for (int i = 0; i < 200; i++) {
		uint32_t region = pin(fd, r.p, PAGE);

		ring_and_wait(&r, &seen);
		CHECK(!unpin(fd, region));
	}
	CHECK(!channel_call(fd, QCUDA_IOC_CHANNEL_STOP, r.channel));
	CHECK(!unpin(fd, r.region));
	return NULL;
}

static void test_eight_threads_in_one_session(void)
{
	pthread_t threads[8];
	int fd = session_open();

	for (int i = 0; i < 8; i++)
		CHECK(!pthread_create(&threads[i], NULL, eight_threads, &fd));
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
}

/* More requests at once than the ring has room for */
static void *forty_threads(void *arg)
{
	uint8_t *p = memory(PAGE);

	for (int i = 0; i < 100; i++)
		CHECK(!unpin(*(int *)arg, pin(*(int *)arg, p, PAGE)));
	return NULL;
}

static void test_more_requests_than_the_ring_holds(void)
{
	pthread_t threads[40];
	int fd = session_open();

	order_by(fd, ORDER_CONTROL_SLOW);
	for (int i = 0; i < 40; i++)
		CHECK(!pthread_create(&threads[i], NULL, forty_threads, &fd));
	for (int i = 0; i < 40; i++)
		pthread_join(threads[i], NULL);
}

static void on_alarm(int signal)
{
}

static void test_a_signal_ends_a_wait(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	uint32_t seen = 0;
	struct ready r;

	sigaction(SIGALRM, &action, NULL);
	ready_open(&r, PAGE);
	alarm(1);
	while (!channel_wait(r.fd, r.channel, &seen))
		;
	CHECK(errno == EINTR);
	ready_close(&r);
}

static void test_stop_wakes_a_waiter(void)
{
	struct blocked b = { 0 };
	struct ready r;

	ready_open(&r, PAGE);
	b.channel = r.channel;
	blocked_start(&b, blocked_wait, r.fd);
	CHECK(!channel_call(r.fd, QCUDA_IOC_CHANNEL_STOP, r.channel));
	CHECK(blocked_join(&b) == ENOENT);
	ready_close(&r);
}

const struct driver_test channel_tests[] = {
	TEST(channels_start_and_stop),
	TEST(doorbell_and_wait),
	TEST(eight_threads_in_one_session),
	TEST(more_requests_than_the_ring_holds),
	TEST(a_signal_ends_a_wait),
	TEST(stop_wakes_a_waiter),
	{ NULL, NULL },
};
