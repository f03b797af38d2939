/* SPDX-License-Identifier: MIT */
/* guest.c - what the tests of the driver share */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/driver/guest.h"

void check(bool good, const char *what, const char *file, int line)
{
	if (good)
		return;
	printf("%s:%d: not so: %s (errno %d, %s)\n", file, line, what, errno, strerror(errno));
	fflush(stdout);
	_exit(1);
}

void sleep_ms(unsigned ms)
{
	usleep(ms * 1000);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

long file_number(const char *path, const char *name)
{
	char line[256], key[128];
	FILE *file = fopen(path, "r");
	long value = -1, v;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%127s %ld", key, &v) == 2 && !strcmp(key, name))
			value = v;
	}
	if (file)
		fclose(file);
	return value;
}

void file_write(const char *path, const char *format, ...)
{
	va_list args;
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	va_start(args, format);
	CHECK(vdprintf(fd, format, args) > 0);
	va_end(args);
	close(fd);
}

long pinned(void)
{
	file_write("/proc/sys/vm/stat_refresh", "1");	/* the counters are kept per CPU */
	return file_number("/proc/vmstat", "nr_foll_pin_acquired") -
	       file_number("/proc/vmstat", "nr_foll_pin_released");
}

bool pinned_becomes(long pages, unsigned ms)
{
	for (; ms && pinned() != pages; ms--)
		sleep_ms(1);
	return pinned() == pages;
}

int module_load(void)
{
	int fd = open("/modules/qcuda.ko", O_RDONLY), err;

	CHECK(fd >= 0);
	err = syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return err;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "qcuda", O_NONBLOCK);
}

void module_reload(void)
{
	CHECK(!module_unload());
	CHECK(!module_load());
}

const char *node(void)
{
	static const char *const names[] = { "qcuda", "qcuda1" };
	static char path[32];
	char link[256], at[64];
	ssize_t n;

	for (int i = 0; i < 2; i++) {
		snprintf(at, sizeof(at), "/sys/class/qcuda/%s", names[i]);
		n = readlink(at, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = 0;
		snprintf(path, sizeof(path), "/dev/%s", names[i]);
		if (strstr(link, "/0000:01:00.0/"))
			return path;
	}
	return "/dev/none";
}

const char *second_node(void)
{
	return strcmp(node(), QCUDA_DEVICE) ? QCUDA_DEVICE : "/dev/qcuda1";
}

int node_open(void)
{
	return open(node(), O_RDWR | O_CLOEXEC);
}

int session_open(void)
{
	int fd = node_open();

	CHECK(fd >= 0);
	return fd;
}

void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

int pin_try(int fd, void *p, size_t size, uint32_t *region)
{
	struct qcuda_pin pin = { .addr = (uintptr_t)p, .length = size };
	int err = ioctl(fd, QCUDA_IOC_PIN, &pin);

	*region = pin.region;
	return err;
}

uint32_t pin(int fd, void *p, size_t size)
{
	uint32_t region;

	CHECK(!pin_try(fd, p, size, &region));
	return region;
}

int unpin(int fd, uint32_t region)
{
	struct qcuda_unpin unpin = { .region = region };

	return ioctl(fd, QCUDA_IOC_UNPIN, &unpin);
}

const volatile uint32_t *watch_page(int fd)
{
	void *words = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	CHECK(words != MAP_FAILED);
	return words;
}

int pin_watched_try(int fd, void *p, size_t size, uint32_t word, uint32_t *region)
{
	struct qcuda_pin_watched pin = { .pin = { .addr = (uintptr_t)p, .length = size },
					 .word = word };
	int err = ioctl(fd, QCUDA_IOC_PIN_WATCHED, &pin);

	*region = pin.pin.region;
	return err;
}

int channel_start(int fd, uint32_t region, uint32_t ring, uint32_t *id)
{
	struct qcuda_channel start = { .region = region, .ring_bytes = ring, .reply_bytes = PAGE };
	int err = ioctl(fd, QCUDA_IOC_CHANNEL_START, &start);

	*id = start.channel;
	return err;
}

int channel_call(int fd, unsigned long command, uint32_t channel)
{
	struct qcuda_channel_id id = { .channel = channel };

	return ioctl(fd, command, &id);
}

int channel_wait(int fd, uint32_t channel, uint32_t *seen)
{
	struct qcuda_wait wait = { .channel = channel, .seen = *seen };
	int err = ioctl(fd, QCUDA_IOC_WAIT, &wait);

	*seen = wait.seen;
	return err;
}

void order_by(int fd, enum backend_order order)
{
	void *at = (void *)(ORDER_ADDRESS + order * ORDER_STRIDE);
	void *p = mmap(at, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	CHECK(p == at);
	pin(fd, p, PAGE);
}

void order(enum backend_order order)
{
	int fd = session_open();

	order_by(fd, order);
	close(fd);
}

int virtiofs_devices(char names[8][16])
{
	char path[64], link[256];
	int found = 0;
	ssize_t n;

	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/sys/bus/virtio/devices/virtio%d/driver", i);
		n = readlink(path, link, sizeof(link));
		if (n > 9 && !memcmp(link + n - 9, "/virtiofs", 9))
			snprintf(names[found++], sizeof(names[0]), "virtio%d", i);
	}
	return found;
}

void *blocked_wait(void *arg)
{
	struct blocked *b = arg;
	uint32_t seen = 0;

	/* Each kick is a doorbell to the back-end, so that some news may come first. */
	while (!channel_wait(b->fd, b->channel, &seen))
		;
	b->error = errno;
	return NULL;
}

void *blocked_pin(void *arg)
{
	struct blocked *b = arg;
	uint32_t region;

	b->error = pin_try(b->fd, b->p, PAGE, &region) ? errno : 0;
	return NULL;
}

void blocked_start(struct blocked *b, void *(*function)(void *), int fd)
{
	b->fd = fd;
	b->error = -1;
	CHECK(!pthread_create(&b->thread, NULL, function, b));
	sleep_ms(100);
	CHECK(b->error == -1);
}

int blocked_join(struct blocked *b)
{
	CHECK(!pthread_join(b->thread, NULL));
	return b->error;
}

void ready_open(struct ready *r, size_t size)
{
	r->fd = session_open();
	r->size = size;
	r->p = memory(size);
	memset(r->p, 1, size);
	r->region = pin(r->fd, r->p, size);
	CHECK(!channel_start(r->fd, r->region, RING, &r->channel));
}

void ready_close(struct ready *r)
{
	close(r->fd);
	munmap(r->p, r->size);
}

void ring_and_wait(struct ready *r, uint32_t *seen)
{
	CHECK(!channel_call(r->fd, QCUDA_IOC_DOORBELL, r->channel));
	CHECK(!channel_wait(r->fd, r->channel, seen));
}

void host_reaches(struct ready *r, uint64_t *p, size_t size)
{
	size_t step = PAGE / sizeof(*p), n = size / sizeof(*p);
	uint64_t salt = random();
	uint32_t seen = 0;

	for (size_t i = 0; i < n; i += step) {
		p[i] = salt + i;
		p[i + 1] = 0;
	}
	/* The worker may be at an earlier doorbell: it is over when the next is. */
	do {
		ring_and_wait(r, &seen);
	} while (p[n - step + 1] != ~p[n - step]);
	ring_and_wait(r, &seen);
	for (size_t i = 0; i < n; i += step)
		CHECK(p[i] == salt + i && p[i + 1] == ~p[i]);
}
