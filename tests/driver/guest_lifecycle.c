/* SPDX-License-Identifier: MIT */
/* guest_lifecycle.c - the module and the device come and go */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/driver/guest.h"

static void test_loaded_and_unloaded_a_hundred_times(void)
{
	struct ready r;

	for (int i = 0; i < 100; i++) {
		ready_open(&r, PAGE);
		ready_close(&r);
		module_reload();
	}
}

static void test_not_unloaded_while_open(void)
{
	int fd = session_open();

	FAILS(module_unload(), EAGAIN);
	close(fd);
	module_reload();
}

/* The virtio device behind /dev/qcuda, like "virtio0" */
static void virtio_name(char *name, size_t size)
{
	char link[256], path[64], *at;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/class/qcuda/%s/device", node() + strlen("/dev/"));
	n = readlink(path, link, sizeof(link) - 1);
	CHECK(n > 0);
	link[n] = 0;
	at = strrchr(link, '/');
	CHECK(at && strlen(at + 1) < size);
	strcpy(name, at + 1);
}

/* A session with somebody in each call that waits; all get ENODEV after @away. */
static void goes_away_in_use(void (*away)(void))
{
	struct blocked waiter = { 0 }, pinner = { .p = memory(PAGE) };
	long before = pinned();
	uint32_t region, seen = 0;
	struct ready r;

	ready_open(&r, 100 * PAGE);
	waiter.channel = r.channel;
	blocked_start(&waiter, blocked_wait, r.fd);
	order_by(r.fd, ORDER_CONTROL_MUTE);
	blocked_start(&pinner, blocked_pin, r.fd);
	away();
	CHECK(blocked_join(&waiter) == ENODEV);
	CHECK(blocked_join(&pinner) == ENODEV);
	FAILS(pin_try(r.fd, r.p, PAGE, &region), ENODEV);
	FAILS(channel_wait(r.fd, r.channel, &seen), ENODEV);
	FAILS(channel_call(r.fd, QCUDA_IOC_DOORBELL, r.channel), ENODEV);
	ready_close(&r);
	CHECK(pinned_becomes(before, 1000));
}

static char bound[32];

static void unbind(void)
{
	virtio_name(bound, sizeof(bound));
	file_write("/sys/bus/virtio/drivers/qcuda/unbind", "%s", bound);
	FAILS(node_open(), ENOENT);
}

static void test_unbound_in_use(void)
{
	goes_away_in_use(unbind);
	file_write("/sys/bus/virtio/drivers/qcuda/bind", "%s", bound);
	close(session_open());
}

/* An open file keeps the old device; the new one has the name. */
static void test_bound_again_while_open(void)
{
	int old = session_open(), new;
	struct qcuda_info info;

	unbind();
	file_write("/sys/bus/virtio/drivers/qcuda/bind", "%s", bound);
	new = session_open();
	FAILS(ioctl(old, QCUDA_IOC_INFO, &info), ENODEV);
	CHECK(!ioctl(new, QCUDA_IOC_INFO, &info));
	close(old);
	CHECK(!ioctl(new, QCUDA_IOC_INFO, &info));
}

static void host(const char *command)
{
	file_write("/dev/console", "\nHOST %s\n", command);
}

static void unplug(void)
{
	host("unplug");
	for (int i = 0; i < 200 && !access(node(), F_OK); i++)
		sleep_ms(100);
	FAILS(node_open(), ENOENT);
}

static void plug(void)
{
	host("plug");
	for (int i = 0; i < 200 && access(node(), F_OK); i++)
		sleep_ms(100);
	close(session_open());
}

static void test_unplugged_in_use(void)
{
	for (int i = 0; i < 3; i++) {
		goes_away_in_use(unplug);
		plug();
	}
}

static void test_unplugged_while_programs_run(void)
{
	long before = pinned();
	pid_t children[3];

	for (int i = 0; i < 3; i++) {
		children[i] = fork();
		if (!children[i]) {
			freopen("/dev/null", "w", stdout);
			child_busy(-1);
		}
	}
	sleep_ms(500);
	unplug();
	/* Each ends by itself: one of its calls says ENODEV. */
	for (int i = 0; i < 3; i++)
		CHECK(waitpid(children[i], NULL, 0) == children[i]);
	CHECK(pinned_becomes(before, 1000));
	plug();
}

static void suspend(void)
{
	host("wake");
	file_write("/sys/power/state", "mem");
}

/* virtiofs cannot suspend: it has to let go first. */
static void test_suspended_in_use(void)
{
	char others[8][16];
	int n;

	if (access("/sys/power/state", F_OK))
		_exit(77);
	n = virtiofs_devices(others);
	for (int i = 0; i < n; i++)
		file_write("/sys/bus/virtio/drivers/virtiofs/unbind", "%s", others[i]);
	goes_away_in_use(suspend);
	close(session_open());
	CHECK(!access(second_node(), F_OK));
}

const struct driver_test lifecycle_tests[] = {
	TEST(loaded_and_unloaded_a_hundred_times),
	TEST(not_unloaded_while_open),
	TEST(unbound_in_use),
	TEST(bound_again_while_open),
	TEST(unplugged_in_use),
	TEST(unplugged_while_programs_run),
	TEST(suspended_in_use),	/* last: after it, QEMU 7.2 neither unplugs nor powers off */
	{ NULL, NULL },
};
