/* SPDX-License-Identifier: MIT */
/*
 * device_session_in_vm.c - the life of sessions as QEMU and a driver make them
 *
 * The real daemon and worker, but for the dispatcher (double/dispatch.c), under
 * a QEMU of our own (double/front_end.c).
 */
/* links: tests/unit/double/daemon.c tests/unit/double/front_end.c wire/ring.c */
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/double/daemon.h"
#include "tests/unit/double/dispatch.h"
#include "tests/unit/double/front_end.h"
#include "wire/channel.h"

#define RING_BYTES	8192u
#define REPLY_BYTES	4096u
#define CHANNEL_BYTES	(CHANNEL_RING_OFFSET + RING_BYTES + REPLY_BYTES)
#define VADDR		0x7f3300000000ull

static uint32_t hello(struct front_end *fe)
{
	const struct qcuda_hello message = { { QCUDA_ADMIN_HELLO, sizeof(message) },
					     QCUDA_VERSION_MAJOR, QCUDA_VERSION_MINOR, ~0ull };
	struct qcuda_response response = driver_request(fe, 0, &message, sizeof(message));

	CHECK(response.status || (response.value == 3 && !response.features &&
				  response.version_minor == QCUDA_VERSION_MINOR));
	return response.status;
}

static uint32_t admin(struct front_end *fe, uint32_t type, uint32_t session)
{
	const struct qcuda_session_msg message = { { type, sizeof(message) }, session, 0 };

	return driver_request(fe, 0, &message, sizeof(message)).status;
}

static struct qcuda_response region(struct front_end *fe, unsigned queue, uint32_t type,
				    uint32_t id, uint64_t length,
				    const struct qcuda_extent *extents, uint32_t n)
{
	uint8_t message[sizeof(struct qcuda_region_add) + 64 * sizeof(*extents)];
	struct qcuda_region_add add = {
		.msg = { type, sizeof(add) + n * sizeof(*extents) },
		.region = id,
		.n_extents = n,
		.vaddr = VADDR + ((uint64_t)id << 32),
		.length = length,
	};

	memcpy(message, &add, sizeof(add));
	memcpy(message + sizeof(add), extents, n * sizeof(*extents));
	return driver_request(fe, queue, message, add.msg.length);
}

static uint32_t region_add(struct front_end *fe, unsigned queue, uint32_t id, uint64_t gpa,
			   uint64_t length)
{
	const struct qcuda_extent extent = { gpa, length };

	return region(fe, queue, QCUDA_REGION_ADD, id, length, &extent, 1).status;
}

static uint32_t region_del(struct front_end *fe, unsigned queue, uint32_t id)
{
	const struct qcuda_region_del del = { { QCUDA_REGION_DEL, sizeof(del) }, id, 0 };

	return driver_request(fe, queue, &del, sizeof(del)).status;
}

/* Open session @queue with one channel in region 0, at @gpa. */
static void session_open(struct front_end *fe, unsigned queue, uint64_t gpa,
			 struct channel_end *channel)
{
	const struct qcuda_channel_start start = {
		{ QCUDA_CHANNEL_START, sizeof(start) }, 5, 0, 0, RING_BYTES, REPLY_BYTES,
	};

	CHECK(admin(fe, QCUDA_ADMIN_OPEN, queue) == QCUDA_OK);
	CHECK(region_add(fe, queue, 0, gpa, CHANNEL_BYTES) == QCUDA_OK);
	channel_end_init(channel, guest_at(fe, gpa), RING_BYTES, fe->queue[queue].kick);
	CHECK(driver_request(fe, queue, &start, sizeof(start)).status == QCUDA_OK);
}

static void order_is_enforced(struct front_end *fe)
{
	const struct qcuda_hello other = { { QCUDA_ADMIN_HELLO, sizeof(other) }, 99, 0, 0 };

	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 1) == QCUDA_ERR_PROTOCOL);
	CHECK(driver_request(fe, 0, &other, sizeof(other)).status == QCUDA_ERR_PROTOCOL);
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 1) == QCUDA_ERR_PROTOCOL);
	CHECK(hello(fe) == QCUDA_OK);
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 0) == QCUDA_ERR_ID);
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 4) == QCUDA_ERR_ID);
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, 1) == QCUDA_ERR_ID);
	CHECK(admin(fe, 0x999, 1) == QCUDA_ERR_PROTOCOL);
}

static void regions_are_made_of_extents(struct front_end *fe, unsigned queue,
					struct channel_end *channel)
{
	const uint64_t low = guest_alloc(fe, 8 * 4096);
	const struct qcuda_extent first[] = { { low + 3 * 4096, 4096 }, { HIGH_GPA, 8192 } };
	const struct qcuda_extent second[] = { { low, 4096 } };
	const struct qcuda_extent bad[] = { { low, 4096 }, { LOW_BYTES - 4096, 8192 } };
	const struct qcuda_extent odd[] = { { low + 8, 4096 } };
	struct qcuda_response response;
	uint64_t sum;

	response = region(fe, queue, QCUDA_REGION_ADD, 1, 4 * 4096, first, 2);
	CHECK(response.status == QCUDA_OK && response.value == 3 * 4096);
	CHECK(channel_end_value(channel, DOUBLE_SUM, 1) == UINT64_MAX);
	response = region(fe, queue, QCUDA_REGION_MORE, 1, 4 * 4096, second, 1);
	CHECK(response.status == QCUDA_OK && response.value == 4 * 4096);
	memset(guest_at(fe, low), 4, 4096);
	memset(guest_at(fe, low + 3 * 4096), 1, 4096);
	memset(guest_at(fe, HIGH_GPA), 2, 8192);
	sum = channel_end_value(channel, DOUBLE_SUM, 1);
	CHECK((sum & ~DOUBLE_SAME_ADDRESS) == 4096 * 9 - 8);
	CHECK(region_del(fe, queue, 1) == QCUDA_OK);
	CHECK(*(uint8_t *)guest_at(fe, low + 4095) == DOUBLE_GONE);

	CHECK(region(fe, queue, QCUDA_REGION_ADD, 1, 4096, first, 2).status == QCUDA_ERR_RANGE);
	CHECK(region(fe, queue, QCUDA_REGION_ADD, 1, 3 * 4096, bad, 2).status == QCUDA_ERR_RANGE);
	CHECK(region(fe, queue, QCUDA_REGION_ADD, 1, 4096, odd, 1).status == QCUDA_ERR_RANGE);
	CHECK(region(fe, queue, QCUDA_REGION_MORE, 1, 4096, second, 1).status == QCUDA_ERR_ID);
	CHECK(region(fe, queue, QCUDA_REGION_ADD, 1, 8192, second, 1).status == QCUDA_OK);
	CHECK(region(fe, queue, QCUDA_REGION_MORE, 1, 8192, first, 2).status == QCUDA_ERR_RANGE);
	CHECK(region_del(fe, queue, 1) == QCUDA_ERR_ID);
}

static void events_need_buffers(struct front_end *fe, unsigned queue, struct channel_end *channel)
{
	struct channel_shared *shared = (struct channel_shared *)channel->base;
	const uint64_t buffer = guest_alloc(fe, sizeof(struct qcuda_event)), delay = 20000;
	struct qcuda_event *event = guest_at(fe, buffer);
	struct vring_used_elem used;
	uint16_t head;

	/* Posted before, posted after, and posted without a kick */
	for (int i = 0; i < 3; i++) {
		memset(event, 0, sizeof(*event));
		if (i != 1)
			head = driver_post(fe, queue, 0, 0, buffer, sizeof(*event));
		if (!i)
			driver_kick(fe, queue);
		atomic_store(&shared->guest_waits, GUEST_WAITS_REPLY);
		channel_end_call(channel, DOUBLE_SLEEP, &delay, sizeof(delay), 1);
		if (i == 1) {
			CHECK(!driver_wait(fe, queue, &used, 100));
			head = driver_post(fe, queue, 0, 0, buffer, sizeof(*event));
			driver_kick(fe, queue);
		}
		CHECK(driver_wait(fe, queue, &used, 5000));
		CHECK(used.id == head && used.len == sizeof(*event));
		CHECK(event->type == QCUDA_EVENT_CHANNEL && event->id == 5);
		CHECK(channel_end_wait(channel, 0));
	}
}

static void a_paused_vm_goes_on(struct front_end *fe, unsigned queue, struct channel_end *channel)
{
	uint64_t pid = channel_end_value(channel, DOUBLE_PID, 0);
	uint16_t base[QUEUES];

	for (unsigned i = 0; i < QUEUES; i++)
		base[i] = front_end_stop(fe, i);
	/* A doorbell that nobody hears; it must be heard afterwards. */
	channel_end_call(channel, DOUBLE_POST, NULL, 0, 0);
	for (unsigned i = 0; i < QUEUES; i++)
		front_end_start(fe, i, base[i]);
	CHECK(channel_end_value(channel, DOUBLE_COUNT, 0) == 1);
	front_end_memory(fe); /* while all runs */
	CHECK(region_add(fe, queue, 9, HIGH_GPA, 8192) == QCUDA_OK);
	CHECK(region_del(fe, queue, 9) == QCUDA_OK);
	CHECK(channel_end_value(channel, DOUBLE_PID, 0) == pid);
}

/* An answer that is due while the VM rests comes when it goes on. */
static void a_pause_loses_no_answer(struct front_end *fe, unsigned queue,
				    struct channel_end *channel)
{
	const struct qcuda_channel_stop stop = { { QCUDA_CHANNEL_STOP, sizeof(stop) }, 5, 0 };
	const uint64_t out = guest_alloc(fe, sizeof(stop)), in = guest_alloc(fe, 24);
	const uint64_t delay = 100000;
	struct vring_used_elem used;
	uint16_t base;

	memcpy(guest_at(fe, out), &stop, sizeof(stop));
	*(uint32_t *)guest_at(fe, in) = 77;
	channel_end_call(channel, DOUBLE_SLEEP, &delay, sizeof(delay), 1);
	driver_post(fe, queue, out, sizeof(stop), in, sizeof(struct qcuda_response));
	driver_kick(fe, queue);
	usleep(20000);
	base = front_end_stop(fe, queue);
	usleep(150000);
	CHECK(channel_end_wait(channel, 0));
	CHECK(*(uint32_t *)guest_at(fe, in) == 77);
	front_end_start(fe, queue, base);
	CHECK(driver_wait(fe, queue, &used, 5000) && used.len == sizeof(struct qcuda_response));
	CHECK(*(uint32_t *)guest_at(fe, in) == QCUDA_OK);
}

static void closing_gives_everything_back(struct front_end *fe, unsigned queue)
{
	const uint64_t buffer = guest_alloc(fe, 4096);
	struct vring_used_elem used;
	unsigned back = 0;

	for (int i = 0; i < 4; i++)
		driver_post(fe, queue, 0, 0, buffer + i * 64, sizeof(struct qcuda_event));
	driver_kick(fe, queue);
	usleep(10000);
	for (int i = 0; i < 4; i++) /* the worker need not have seen these */
		driver_post(fe, queue, 0, 0, buffer + i * 64, sizeof(struct qcuda_event));
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, queue) == QCUDA_OK);
	/* They are there already: no waiting. */
	while (driver_wait(fe, queue, &used, 0)) {
		CHECK(used.len == 0);
		back++;
	}
	CHECK(back == 8);
}

static void a_dead_session_says_so(struct front_end *fe, unsigned queue)
{
	const uint64_t memory = guest_alloc(fe, CHANNEL_BYTES), event = guest_alloc(fe, 8);
	const uint64_t idle = guest_alloc(fe, 8);
	const struct qcuda_event *died = guest_at(fe, event);
	struct vring_used_elem used;
	struct channel_end channel;
	uint16_t head;

	session_open(fe, queue, memory, &channel);
	head = driver_post(fe, 0, 0, 0, event, sizeof(*died));
	driver_kick(fe, 0);
	driver_post(fe, queue, 0, 0, idle, sizeof(*died));
	driver_kick(fe, queue);
	channel_end_call(&channel, DOUBLE_CRASH, NULL, 0, 1);
	CHECK(driver_wait(fe, 0, &used, 5000) && used.id == head);
	CHECK(died->type == QCUDA_EVENT_DIED && died->id == queue);
	CHECK(region_del(fe, queue, 0) == QCUDA_ERR_DEAD);
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, queue) == QCUDA_ERR_ID);
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, queue) == QCUDA_OK);
	CHECK(driver_wait(fe, queue, &used, 0) && used.len == 0);
	CHECK(!driver_wait(fe, queue, &used, 0));
	session_open(fe, queue, memory, &channel);
	CHECK(channel_end_value(&channel, DOUBLE_COUNT, 0) == 0);
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, queue) == QCUDA_OK);
}

/* A request that the worker had taken when it died is answered by the daemon. */
static void a_dead_worker_leaves_no_request(struct front_end *fe, unsigned queue)
{
	const struct qcuda_channel_stop stop = { { QCUDA_CHANNEL_STOP, sizeof(stop) }, 5, 0 };
	const uint64_t memory = guest_alloc(fe, CHANNEL_BYTES);
	struct channel_end channel;
	uint64_t delay = 10000000;
	pid_t pid;

	session_open(fe, queue, memory, &channel);
	pid = channel_end_value(&channel, DOUBLE_PID, 0);
	channel_end_call(&channel, DOUBLE_SLEEP, &delay, sizeof(delay), 1);
	if (!fork()) {
		usleep(50000);
		kill(pid, SIGKILL);
		_exit(0);
	}
	CHECK(driver_request(fe, queue, &stop, sizeof(stop)).status == QCUDA_ERR_DEAD);
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, queue) == QCUDA_OK);
}

static void hello_ends_all_sessions(struct front_end *fe, const struct daemon *daemon)
{
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 1) == QCUDA_OK);
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 2) == QCUDA_OK);
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 3) == QCUDA_OK);
	CHECK(hello(fe) == QCUDA_OK);
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, 2) == QCUDA_ERR_ID);
	daemon_wait_workers(daemon, 1);
}

/* A device reset: all queues stop, and a new driver starts them with rings of its own. */
static void a_reset_forgets_the_old_driver(struct front_end *fe, const struct daemon *daemon)
{
	const uint64_t buffer = guest_alloc(fe, 64);
	struct vring_used_elem used;

	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 2) == QCUDA_OK);
	driver_post(fe, 2, 0, 0, buffer, sizeof(struct qcuda_event));
	driver_kick(fe, 2);
	for (unsigned i = 0; i < QUEUES; i++)
		front_end_stop(fe, i);
	for (unsigned i = 0; i < QUEUES; i++) {
		front_end_fresh(fe, i);
		front_end_start(fe, i, 0);
	}
	daemon_wait_workers(daemon, 1);
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 2) == QCUDA_ERR_PROTOCOL);
	CHECK(hello(fe) == QCUDA_OK);
	CHECK(!driver_wait(fe, 2, &used, 20));
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 2) == QCUDA_OK);
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, 2) == QCUDA_OK);
}

static void a_broken_ring_ends_its_session_only(struct front_end *fe)
{
	const uint64_t memory = guest_alloc(fe, CHANNEL_BYTES), event = guest_alloc(fe, 8);
	struct driver_queue *queue = &fe->queue[3];
	struct vring_used_elem used;
	struct channel_end channel;

	session_open(fe, 1, memory, &channel);
	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 3) == QCUDA_OK);
	driver_post(fe, 0, 0, 0, event, sizeof(struct qcuda_event));
	driver_kick(fe, 0);
	queue->avail->ring[queue->avail->idx % QUEUE_SIZE] = 1000;
	queue->avail->idx++;
	driver_kick(fe, 3);
	CHECK(driver_wait(fe, 0, &used, 5000));
	CHECK(((struct qcuda_event *)guest_at(fe, event))->id == 3);
	CHECK(channel_end_value(&channel, DOUBLE_COUNT, 0) == 0);
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, 1) == QCUDA_OK);
	CHECK(admin(fe, QCUDA_ADMIN_CLOSE, 3) == QCUDA_OK);
}

static void a_broken_admin_ring_spares_the_daemon(struct front_end *fe, const struct daemon *daemon)
{
	struct driver_queue *queue = &fe->queue[0];

	CHECK(admin(fe, QCUDA_ADMIN_OPEN, 1) == QCUDA_OK);
	queue->avail->idx += 5 * QUEUE_SIZE;
	driver_kick(fe, 0);
	daemon_wait_workers(daemon, 1);
	front_end_stop(fe, 0);
	front_end_fresh(fe, 0);
	front_end_start(fe, 0, 0);
	CHECK(hello(fe) == QCUDA_OK);
}

static void whole_life(struct front_end *fe, const struct daemon *daemon)
{
	uint64_t memory;
	struct channel_end channel;

	for (unsigned i = 0; i < QUEUES; i++)
		front_end_start(fe, i, 0);
	memory = guest_alloc(fe, CHANNEL_BYTES);
	order_is_enforced(fe);
	session_open(fe, 2, memory, &channel);
	CHECK(region_del(fe, 2, 0) == QCUDA_ERR_ID);
	regions_are_made_of_extents(fe, 2, &channel);
	events_need_buffers(fe, 2, &channel);
	a_paused_vm_goes_on(fe, 2, &channel);
	a_pause_loses_no_answer(fe, 2, &channel);
	closing_gives_everything_back(fe, 2);
	a_dead_session_says_so(fe, 1);
	a_dead_worker_leaves_no_request(fe, 3);
	hello_ends_all_sessions(fe, daemon);
	a_reset_forgets_the_old_driver(fe, daemon);
	a_broken_ring_ends_its_session_only(fe);
	a_broken_admin_ring_spares_the_daemon(fe, daemon);
}

static void a_slow_or_failing_driver(const char *driver, uint32_t expected)
{
	const char *const options[] = { driver, "--log=error", "--sessions=3", NULL };
	struct front_end fe;
	struct daemon daemon;

	daemon_start(&daemon, options);
	front_end_connect(&fe, daemon.vhost_user, true);
	for (unsigned i = 0; i < QUEUES; i++)
		front_end_start(&fe, i, 0);
	CHECK(hello(&fe) == QCUDA_OK);
	for (int i = 0; i < 3; i++) {
		CHECK(admin(&fe, QCUDA_ADMIN_OPEN, 1) == expected);
		CHECK(admin(&fe, QCUDA_ADMIN_CLOSE, 1) == (expected ? QCUDA_ERR_ID : QCUDA_OK));
	}
	front_end_disconnect(&fe);
	daemon_stop(&daemon);
}

int main(void)
{
	const char *const options[] = { "--sessions=3", "--log=error", NULL };
	struct front_end fe;
	struct daemon daemon;

	daemon_start(&daemon, options);
	for (int event_idx = 0; event_idx < 2; event_idx++) {
		front_end_connect(&fe, daemon.vhost_user, event_idx);
		whole_life(&fe, &daemon);
		CHECK(admin(&fe, QCUDA_ADMIN_OPEN, 1) == QCUDA_OK);
		front_end_disconnect(&fe);
		daemon_wait_workers(&daemon, 1);
	}
	daemon_stop(&daemon);
	a_slow_or_failing_driver("--driver=slow", QCUDA_OK);
	a_slow_or_failing_driver("--driver=fails", QCUDA_ERR_DRIVER);
	a_slow_or_failing_driver("--driver=dies", QCUDA_ERR_DRIVER);
	return 0;
}
