/* SPDX-License-Identifier: MIT */
/* guest_session.c - what /dev/qcuda is, and sessions of it */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/driver/guest.h"

static void test_node_is_for_everybody(void)
{
	struct stat st;

	CHECK(!stat(node(), &st));
	CHECK(S_ISCHR(st.st_mode) && (st.st_mode & 0777) == 0666);
}

static void test_info(void)
{
	struct qcuda_info info;
	int fd = session_open();

	memset(&info, 0xff, sizeof(info));
	CHECK(!ioctl(fd, QCUDA_IOC_INFO, &info));
	CHECK(info.version_major == QCUDA_VERSION_MAJOR && info.version_minor == QCUDA_VERSION_MINOR);
	CHECK(info.features == 0 && info.max_channels == QCUDA_MAX_CHANNELS);
	CHECK(info.session >= 1 && info.session <= SESSIONS);
}

static void test_a_thousand_sessions_one_after_another(void)
{
	double start = now();

	for (int i = 0; i < 1000; i++)
		close(session_open());
	printf("open and close: %.0f us\n", (now() - start) * 1000);
}

static void test_more_sessions_than_served(void)
{
	int fds[SESSIONS];

	for (int i = 0; i < SESSIONS; i++)
		fds[i] = session_open();
	FAILS(node_open(), EBUSY);
	close(fds[1]);
	close(session_open());
	fds[1] = session_open();
	FAILS(node_open(), EBUSY);
}

static void test_calls_that_make_no_sense(void)
{
	struct qcuda_unpin bad_unpin = { .flags = 2 };
	struct qcuda_channel_id bad_id = { .reserved = 1 };
	int fd = session_open();
	uint32_t seen = 0;

	FAILS(ioctl(fd, _IO('q', 0x00), 0), ENOTTY);
	FAILS(ioctl(fd, _IO('q', 0x50), 0), ENOTTY);
	FAILS(ioctl(fd, _IOR('q', 0x01, struct qcuda_pin), 0), ENOTTY);
	FAILS(ioctl(fd, QCUDA_IOC_INFO, NULL), EFAULT);
	FAILS(ioctl(fd, QCUDA_IOC_PIN, (void *)8), EFAULT);
	FAILS(ioctl(fd, QCUDA_IOC_UNPIN, &bad_unpin), EINVAL);
	FAILS(ioctl(fd, QCUDA_IOC_DOORBELL, &bad_id), EINVAL);
	FAILS(ioctl(fd, QCUDA_IOC_CHANNEL_STOP, &bad_id), EINVAL);
	FAILS(unpin(fd, 0), ENOENT);
	FAILS(unpin(fd, ~0u), ENOENT);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t id = i ? ~0u : 0;

		FAILS(channel_call(fd, QCUDA_IOC_DOORBELL, id), ENOENT);
		FAILS(channel_call(fd, QCUDA_IOC_CHANNEL_STOP, id), ENOENT);
		FAILS(channel_wait(fd, id, &seen), ENOENT);
		FAILS(channel_start(fd, id, RING, &(uint32_t){ 0 }), ENOENT);
	}
}

/* The file outlives the process that opened it. */
static void test_a_child_inherits_a_session(void)
{
	struct ready r;
	uint32_t seen = 0;
	pid_t child;
	int status;

	ready_open(&r, PAGE);
	child = fork();
	if (!child) {
		ring_and_wait(&r, &seen);
		unpin(r.fd, pin(r.fd, memory(PAGE), PAGE));
		_exit(0);
	}
	close(r.fd);
	CHECK(waitpid(child, &status, 0) == child && !status);
}

static void test_tracepoints(void)
{
	static char trace[65536];
	const char *base = "/sys/kernel/tracing/";
	int fd;

	if (access("/sys/kernel/tracing/events/qcuda", F_OK))
		_exit(77);
	CHECK(!chdir(base));
	file_write("events/qcuda/enable", "1");
	close(session_open());
	file_write("events/qcuda/enable", "0");
	fd = open("trace", O_RDONLY);
	CHECK(read(fd, trace, sizeof(trace) - 1) > 0);
	CHECK(strstr(trace, "queue=0 OPEN length=16"));
	CHECK(strstr(trace, "queue=0 OPEN error=0 written=24 status=0"));
	CHECK(strstr(trace, "CLOSE"));
}

/* The second device has small rings and, without MSI-X, one interrupt. */
static void test_a_second_device(void)
{
	struct qcuda_info info;
	uint32_t seen = 0;
	struct ready r;
	int fd;

	ready_open(&r, PAGE);
	fd = open(second_node(), O_RDWR);
	CHECK(fd >= 0);
	close(r.fd);
	r.fd = fd;
	CHECK(!ioctl(fd, QCUDA_IOC_INFO, &info));
	CHECK(info.max_channels > 16 && info.max_channels < QCUDA_MAX_CHANNELS);
	r.region = pin(fd, r.p, PAGE);
	CHECK(!channel_start(fd, r.region, RING, &r.channel));
	for (int i = 0; i < 100; i++)
		ring_and_wait(&r, &seen);
	host_reaches(&r, r.p, PAGE);
	for (int i = 0; i < 8; i++)
		eight_threads(&fd);
}

static void test_another_tag_is_left_to_virtiofs(void)
{
	char others[8][16];

	if (access("/sys/bus/virtio/drivers/virtiofs", F_OK))
		_exit(77);
	CHECK(virtiofs_devices(others) == 1);
}

/* The one that is there stays; so does one that comes when we were there first. */
static void test_another_tag_is_left_to_virtiofs_later(void)
{
	char others[8][16], again[8][16];

	if (access("/sys/bus/virtio/drivers/virtiofs", F_OK))
		_exit(77);
	CHECK(virtiofs_devices(others) == 1);
	file_write("/sys/bus/virtio/drivers/virtiofs/unbind", "%s", others[0]);
	CHECK(virtiofs_devices(again) == 0);
	module_reload();
	CHECK(virtiofs_devices(again) == 0);
	file_write("/sys/bus/virtio/drivers_probe", "%s", others[0]);
	CHECK(virtiofs_devices(again) == 1);
}

const struct driver_test session_tests[] = {
	TEST(node_is_for_everybody),
	TEST(info),
	TEST(a_thousand_sessions_one_after_another),
	TEST(more_sessions_than_served),
	TEST(calls_that_make_no_sense),
	TEST(a_child_inherits_a_session),
	TEST(a_second_device),
	TEST(another_tag_is_left_to_virtiofs),
	TEST(another_tag_is_left_to_virtiofs_later),
	TEST(tracepoints),
	{ NULL, NULL },
};
