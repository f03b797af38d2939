/* SPDX-License-Identifier: MIT */
/*
 * qcuda_test.c - the guest's half of the driver's tests
 *
 *     qcuda_test NAME	run one test: exit status 0, 1 or 77 (skipped)
 *     qcuda_test	list the names, in the order in which they should run
 *
 * Each test stands alone in a process, as root, with /proc, /sys and /dev
 * mounted and qcuda.ko loaded from /modules.  The device is tests/driver/backend
 * on the host, which misbehaves to order (backend.h).  A line on the console
 * that begins with "HOST " asks tests/driver/run for something.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/driver/backend.h"
#include "wire/protocol.h"
#include "wire/qcuda_uapi.h"

#define PAGE		4096ul
#define MIB		(1ul << 20)
#define SESSIONS	4	/* of /dev/qcuda, see tests/driver/run */
#define RING		PAGE

#define CHECK(condition) check(condition, #condition, __LINE__)
/* The call fails with this errno */
#define FAILS(call, error) check((call) == -1 && errno == (error), #call " is " #error, __LINE__)

static void check(bool good, const char *what, int line)
{
	if (good)
		return;
	printf("qcuda_test.c:%d: not so: %s (errno %d, %s)\n", line, what, errno, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static void sleep_ms(unsigned ms)
{
	usleep(ms * 1000);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* A number in a file of "name value" lines */
static long file_number(const char *path, const char *name)
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

static void file_write(const char *path, const char *format, ...)
{
	va_list args;
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	va_start(args, format);
	CHECK(vdprintf(fd, format, args) > 0);
	va_end(args);
	close(fd);
}

/* Pages with a pin on them, in the whole system */
static long pinned(void)
{
	file_write("/proc/sys/vm/stat_refresh", "1");	/* the counters are kept per CPU */
	return file_number("/proc/vmstat", "nr_foll_pin_acquired") -
	       file_number("/proc/vmstat", "nr_foll_pin_released");
}

static bool pinned_becomes(long pages, unsigned ms)
{
	for (; ms && pinned() != pages; ms--)
		sleep_ms(1);
	return pinned() == pages;
}

static int module_load(void)
{
	int fd = open("/modules/qcuda.ko", O_RDONLY), err;

	CHECK(fd >= 0);
	err = syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return err;
}

static int module_unload(void)
{
	return syscall(SYS_delete_module, "qcuda", O_NONBLOCK);
}

static void module_reload(void)
{
	CHECK(!module_unload());
	CHECK(!module_load());
}

/*
 * Which node is the device under test?  Usually the first; but if virtiofs was
 * there before us, it may have refused the second (for its tag), which we then
 * have bound before we could take the first.
 */
static const char *node(void)
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

static const char *second_node(void)
{
	return strcmp(node(), QCUDA_DEVICE) ? QCUDA_DEVICE : "/dev/qcuda1";
}

static int node_open(void)
{
	return open(node(), O_RDWR | O_CLOEXEC);
}

static int session_open(void)
{
	int fd = node_open();

	CHECK(fd >= 0);
	return fd;
}

static void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static int pin_try(int fd, void *p, size_t size, uint32_t *region)
{
	struct qcuda_pin pin = { .addr = (uintptr_t)p, .length = size };
	int err = ioctl(fd, QCUDA_IOC_PIN, &pin);

	*region = pin.region;
	return err;
}

static uint32_t pin(int fd, void *p, size_t size)
{
	uint32_t region;

	CHECK(!pin_try(fd, p, size, &region));
	return region;
}

static int unpin(int fd, uint32_t region)
{
	struct qcuda_unpin unpin = { .region = region };

	return ioctl(fd, QCUDA_IOC_UNPIN, &unpin);
}

static int channel_start(int fd, uint32_t region, uint32_t ring, uint32_t *id)
{
	struct qcuda_channel start = { .region = region, .ring_bytes = ring, .reply_bytes = PAGE };
	int err = ioctl(fd, QCUDA_IOC_CHANNEL_START, &start);

	*id = start.channel;
	return err;
}

static int channel_call(int fd, unsigned long command, uint32_t channel)
{
	struct qcuda_channel_id id = { .channel = channel };

	return ioctl(fd, command, &id);
}

static int channel_wait(int fd, uint32_t channel, uint32_t *seen)
{
	struct qcuda_wait wait = { .channel = channel, .seen = *seen };
	int err = ioctl(fd, QCUDA_IOC_WAIT, &wait);

	*seen = wait.seen;
	return err;
}

/* Give the back-end an order; see backend.h. */
static void order_by(int fd, enum backend_order order)
{
	void *at = (void *)(ORDER_ADDRESS + order * ORDER_STRIDE);
	void *p = mmap(at, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	CHECK(p == at);
	pin(fd, p, PAGE);
}

/* The same in a session of its own: for orders about HELLO and OPEN */
static void order(enum backend_order order)
{
	int fd = session_open();

	order_by(fd, order);
	close(fd);
}

/* The names of the devices that virtiofs has, and how many they are */
static int virtiofs_devices(char names[8][16])
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

/* A thread that makes one ioctl, and what came of it */
struct blocked {
	pthread_t thread;
	int fd;
	uint32_t channel;
	void *p;
	int error;
};

static void *blocked_wait(void *arg)
{
	struct blocked *b = arg;
	uint32_t seen = 0;

	/* Each kick is a doorbell to the back-end, so that some news may come first. */
	while (!channel_wait(b->fd, b->channel, &seen))
		;
	b->error = errno;
	return NULL;
}

static void *blocked_pin(void *arg)
{
	struct blocked *b = arg;
	uint32_t region;

	b->error = pin_try(b->fd, b->p, PAGE, &region) ? errno : 0;
	return NULL;
}

static void blocked_start(struct blocked *b, void *(*function)(void *), int fd)
{
	b->fd = fd;
	b->error = -1;
	CHECK(!pthread_create(&b->thread, NULL, function, b));
	sleep_ms(100);
	CHECK(b->error == -1);
}

static int blocked_join(struct blocked *b)
{
	CHECK(!pthread_join(b->thread, NULL));
	return b->error;
}

/* A session with one running channel */
struct ready {
	int fd;
	uint32_t region, channel;
	uint64_t *p;
	size_t size;
};

static void ready_open(struct ready *r, size_t size)
{
	r->fd = session_open();
	r->size = size;
	r->p = memory(size);
	memset(r->p, 1, size);
	r->region = pin(r->fd, r->p, size);
	CHECK(!channel_start(r->fd, r->region, RING, &r->channel));
}

static void ready_close(struct ready *r)
{
	close(r->fd);
	munmap(r->p, r->size);
}

static void ring_and_wait(struct ready *r, uint32_t *seen)
{
	CHECK(!channel_call(r->fd, QCUDA_IOC_DOORBELL, r->channel));
	CHECK(!channel_wait(r->fd, r->channel, seen));
}

/* Let the host write into each page, and see that it did so in the right ones. */
static void host_reaches(struct ready *r, uint64_t *p, size_t size)
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
	struct qcuda_unpin bad_unpin = { .reserved = 1 };
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

static void test_pin_refuses(void)
{
	struct qcuda_pin reserved = { .length = PAGE, .reserved = 1 };
	uint8_t *p = memory(4 * PAGE);
	int fd = session_open();
	long before = pinned();
	uint32_t region;

	FAILS(ioctl(fd, QCUDA_IOC_PIN, &reserved), EINVAL);
	FAILS(pin_try(fd, p, 0, &region), EINVAL);
	FAILS(pin_try(fd, p, 100, &region), EINVAL);
	FAILS(pin_try(fd, p + 1, PAGE, &region), EINVAL);
	FAILS(pin_try(fd, (void *)-PAGE, 2 * PAGE, &region), EINVAL);
	FAILS(pin_try(fd, (void *)(-2 * PAGE), PAGE, &region), EFAULT);
	FAILS(pin_try(fd, (void *)(1ul << 63), 64 * MIB, &region), EFAULT);
	FAILS(pin_try(fd, NULL, PAGE, &region), EFAULT);
	FAILS(pin_try(fd, p, 1ul << 46, &region), ENOMEM);
	munmap(p + 2 * PAGE, PAGE);
	FAILS(pin_try(fd, p, 4 * PAGE, &region), EFAULT);
	mprotect(p, PAGE, PROT_READ);
	FAILS(pin_try(fd, p, PAGE, &region), EFAULT);
	CHECK(pinned() == before);
}

static void test_pin_odd_sizes(void)
{
	static const unsigned sizes[] = { 1, 2, 3, 17, 255, 511, 512, 513, 1025, 3000, 5001 };
	struct ready r;
	long before;

	ready_open(&r, 3 * PAGE);
	before = pinned();
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t size = sizes[i] * PAGE;
		uint8_t *p = memory(size + 7 * PAGE);
		uint32_t region = pin(r.fd, p + (i % 7) * PAGE, size);

		CHECK(pinned() == before + (long)sizes[i]);
		host_reaches(&r, (uint64_t *)(p + (i % 7) * PAGE), size);
		CHECK(!unpin(r.fd, region));
		FAILS(unpin(r.fd, region), ENOENT);
		CHECK(pinned() == before);
		munmap(p, size + 7 * PAGE);
	}
	ready_close(&r);
}

/* Pages touched in random order lie about in memory: many extents, several messages. */
static void test_pin_scattered_pages(void)
{
	size_t n = 16384;
	uint32_t *order_of = malloc(n * sizeof(*order_of));
	uint8_t *p = memory(n * PAGE);
	struct ready r;

	madvise(p, n * PAGE, MADV_NOHUGEPAGE);
	for (uint32_t i = 0; i < n; i++)
		order_of[i] = i;
	for (uint32_t i = n - 1; i; i--) {
		uint32_t j = random() % (i + 1), t = order_of[i];

		order_of[i] = order_of[j];
		order_of[j] = t;
	}
	for (uint32_t i = 0; i < n; i++)
		p[order_of[i] * PAGE] = 1;
	ready_open(&r, PAGE);
	pin(r.fd, p, n * PAGE);
	host_reaches(&r, (uint64_t *)p, n * PAGE);
	ready_close(&r);
}

static void test_pin_much(void)
{
	size_t size = 400 * MIB;
	uint8_t *p = memory(size);
	double start, pinned_at;
	uint32_t region;
	struct ready r;

	memset(p, 7, size);
	ready_open(&r, PAGE);
	start = now();
	region = pin(r.fd, p, size);
	pinned_at = now();
	host_reaches(&r, (uint64_t *)p, size);
	CHECK(p[size - 1] == 7);
	start = pinned_at - start;
	pinned_at = now();
	CHECK(!unpin(r.fd, region));
	printf("400 MiB: pin %.1f ms, unpin %.1f ms\n", start * 1e3, (now() - pinned_at) * 1e3);
	ready_close(&r);
}

static void test_pin_shared_memory(void)
{
	size_t size = 100 * PAGE;
	int shm = memfd_create("test", 0);
	uint64_t *a, *b;
	struct ready r;

	CHECK(shm >= 0 && !ftruncate(shm, size));
	a = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);
	b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);
	CHECK(a != MAP_FAILED && b != MAP_FAILED);
	ready_open(&r, PAGE);
	pin(r.fd, a, size);
	host_reaches(&r, b, size);
	ready_close(&r);
}

static void test_pin_limit(void)
{
	const char *limit = "/sys/module/qcuda/parameters/pin_limit_percent";
	uint8_t *p = memory(64 * MIB);
	int a = session_open(), b = session_open();
	uint32_t region, half;

	file_write(limit, "4");
	FAILS(pin_try(a, p, 64 * MIB, &region), ENOMEM);
	half = pin(a, p, 24 * MIB);
	FAILS(pin_try(b, p, 24 * MIB, &region), ENOMEM);
	CHECK(!unpin(a, half));
	pin(b, p, 24 * MIB);
	close(b);
	pin(a, p, 24 * MIB);
	file_write(limit, "80");
}

static void test_pin_and_unpin_at_once(void)
{
	struct ready r;
	double start;

	ready_open(&r, PAGE);
	start = now();
	for (int i = 0; i < 2000; i++)
		CHECK(!unpin(r.fd, pin(r.fd, r.p, PAGE)));
	printf("pin and unpin a page: %.0f us\n", (now() - start) / 2000 * 1e6);
	ready_close(&r);
}

static void test_region_ids_run_out(void)
{
	uint8_t *p = memory(PAGE);
	int fd = session_open();
	uint32_t region;

	for (unsigned i = 0; i < QCUDA_MAX_REGIONS; i++)
		pin(fd, p, PAGE);
	FAILS(pin_try(fd, p, PAGE, &region), ENOSPC);
	CHECK(!unpin(fd, 1234));
	CHECK(pin(fd, p, PAGE) == 1234);
	close(fd);
	CHECK(pinned_becomes(0, 30000));
}

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

static void *eight_threads(void *arg)
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
static void child_busy(int fd)
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

/* Watched memory: the words of a session's watch page, and what may happen to the memory */
static const volatile uint32_t *watch_page(int fd)
{
	void *words = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	CHECK(words != MAP_FAILED);
	return words;
}

static int pin_watched_try(int fd, void *p, size_t size, uint32_t word, uint32_t *region)
{
	struct qcuda_pin_watched pin = { .pin = { .addr = (uintptr_t)p, .length = size },
					 .word = word };
	int err = ioctl(fd, QCUDA_IOC_PIN_WATCHED, &pin);

	*region = pin.pin.region;
	return err;
}

static uint32_t pin_watched(int fd, void *p, size_t size, uint32_t word)
{
	uint32_t region;

	CHECK(!pin_watched_try(fd, p, size, word, &region));
	return region;
}

/* Pin, and again should khugepaged have been about to do something with the memory */
static uint32_t pin_settled(int fd, void *p, size_t size, const volatile uint32_t *words,
			    uint32_t word)
{
	uint32_t region;

	for (int tries = 0; tries < 5; tries++) {
		region = pin_watched(fd, p, size, word);
		sleep_ms(20);
		if (!words[word])
			return region;
		CHECK(!unpin(fd, region));
	}
	CHECK(!words[word]);
	return region;
}

static void do_unmap(void *p, size_t size)
{
	CHECK(!munmap(p, size));
}

static void do_unmap_a_page(void *p, size_t size)
{
	CHECK(!munmap((char *)p + size / 2, PAGE));
}

static void do_map_over(void *p, size_t size)
{
	CHECK(mmap(p, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == p);
}

static void do_move(void *p, size_t size)
{
	CHECK(mremap(p, size, 2 * size, MREMAP_MAYMOVE) != MAP_FAILED);
}

static void do_drop(void *p, size_t size)
{
	CHECK(!madvise(p, size, MADV_DONTNEED));
}

static void do_protect(void *p, size_t size)
{
	CHECK(!mprotect(p, PAGE, PROT_READ));
}

static void do_fork(void *p, size_t size)
{
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child)
		_exit(0);
	CHECK(waitpid(child, NULL, 0) == child);
}

static void test_watched_memory_changes(void)
{
	static void (*const changes[])(void *, size_t) = {
		do_unmap, do_unmap_a_page, do_map_over, do_move, do_drop, do_protect, do_fork,
	};
	const size_t size = 3 * MIB;
	int fd = session_open();
	const volatile uint32_t *words = watch_page(fd);

	for (uint32_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		uint32_t word = i * 100, region, next;
		void *p = memory(size), *wall = memory(PAGE);

		/* Half of it has been written: the rest is made by the pin. */
		memset(p, 1, size / 2);
		region = pin_settled(fd, p, size, words, word);
		CHECK(pinned() == (long)(size / PAGE));
		changes[i](p, size);
		CHECK(words[word] == 1);
		/* The driver lets go by itself, but the id is ours until we do. */
		CHECK(pinned_becomes(0, 2000));
		next = pin_watched(fd, wall, PAGE, word + 1);
		CHECK(next != region);
		CHECK(!unpin(fd, region));
		FAILS(unpin(fd, region), ENOENT);
		CHECK(words[word + 1] == 0 && !unpin(fd, next));
	}
	close(fd);
}

static void test_watched_memory_is_read_again(void)
{
	int fd = session_open();
	const volatile uint32_t *words = watch_page(fd);
	char *p = memory(MIB);
	uint32_t region;
	volatile char sum = 0;

	/* Pages of zeroes that were only read are replaced when they are pinned. */
	for (size_t at = 0; at < MIB; at += PAGE)
		sum += p[at];
	for (int i = 0; i < 20; i++) {
		region = pin_watched(fd, p, MIB, 1023);
		CHECK(words[1023] == 0);
		memset(p, i, MIB);
		CHECK(words[1023] == 0);
		do_drop(p, MIB);
		CHECK(words[1023] == 1 && !unpin(fd, region));
	}
	CHECK(pinned_becomes(0, 2000));
	close(fd);
}

static void test_watched_memory_of_its_own_only(void)
{
	int fd = session_open(), file = open("/qcuda_test", O_RDONLY);
	void *p = memory(2 * PAGE), *shared, *mapped;
	struct qcuda_pin_watched bad = { .pin = { .addr = (uintptr_t)p, .length = PAGE },
					 .reserved = 1 };
	uint32_t region, channel;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	CHECK(shared != MAP_FAILED && mapped != MAP_FAILED);
	FAILS(pin_watched_try(fd, shared, PAGE, 0, &region), EFAULT);
	FAILS(pin_watched_try(fd, mapped, PAGE, 0, &region), EFAULT);
	FAILS(pin_watched_try(fd, p, 3 * PAGE, QCUDA_WATCH_WORDS, &region), EINVAL);
	FAILS(pin_watched_try(fd, p, PAGE / 2, 0, &region), EINVAL);
	FAILS(ioctl(fd, QCUDA_IOC_PIN_WATCHED, &bad), EINVAL);
	do_protect(p, PAGE);
	FAILS(pin_watched_try(fd, p, 2 * PAGE, 0, &region), EFAULT);
	FAILS(channel_start(fd, pin_watched(fd, (char *)p + PAGE, PAGE, 0), PAGE, &channel), ENOENT);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE) == MAP_FAILED);
	CHECK(mprotect((void *)watch_page(fd), PAGE, PROT_READ | PROT_WRITE) == -1);
	close(fd);
	/* The last mapping keeps the file open until the process ends. */
}

static void *change_and_change_back(void *p)
{
	for (int i = 0; i < 300; i++) {
		madvise(p, MIB, i % 3 ? MADV_DONTNEED : MADV_FREE);
		memset(p, i, MIB);
	}
	return NULL;
}

static void test_watched_memory_changes_all_the_time(void)
{
	int fd = session_open(), pins = 0;
	const volatile uint32_t *words = watch_page(fd);
	pthread_t threads[2];
	uint32_t region;
	char *p = memory(2 * MIB);

	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, change_and_change_back, p + i * MIB));
	for (int i = 0; i < 200; i++) {
		if (pin_watched_try(fd, p, 2 * MIB, 5, &region))
			CHECK(errno == EAGAIN);
		else
			CHECK(!unpin(fd, region) && ++pins);
	}
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
	region = pin_watched(fd, p, 2 * MIB, 5);
	CHECK(words[5] == 0 && pinned() == 2 * MIB / PAGE);
	printf("%d of 200 pins between changes\n", pins);
	close(fd);
}

static void test_watched_memory_limit(void)
{
	const char *limit = "/sys/module/qcuda/parameters/watch_limit_percent";
	int fd = session_open();
	uint32_t region;

	file_write(limit, "1");
	FAILS(pin_watched_try(fd, memory(64 * MIB), 64 * MIB, 0, &region), ENOMEM);
	CHECK(!unpin(fd, pin(fd, memory(64 * MIB), 64 * MIB)));
	file_write(limit, "50");
	CHECK(!unpin(fd, pin_watched(fd, memory(64 * MIB), 64 * MIB, 0)));
	close(fd);
}

static void test_watched_memory_and_a_slow_host(void)
{
	int fd = session_open();
	const volatile uint32_t *words = watch_page(fd);
	void *p = memory(MIB);
	uint32_t region = pin_watched(fd, p, MIB, 7);

	order_by(fd, ORDER_CONTROL_SLOW);
	do_unmap(p, MIB);
	CHECK(words[7] == 1);
	sleep_ms(50);
	/* The host still has it: unpinning does not wait, and the pages stay for now. */
	CHECK(!unpin(fd, region) && pinned() >= (long)(MIB / PAGE));
	FAILS(unpin(fd, region), ENOENT);
	CHECK(pinned_becomes(1, 2000));		/* the order's page */
	/* One that the host never answers for is let go of with the session. */
	p = memory(MIB);
	pin_watched(fd, p, MIB, 8);
	order_by(fd, ORDER_CONTROL_MUTE);
	do_unmap(p, MIB);
	CHECK(words[8] == 1);
	sleep_ms(50);
	CHECK(pinned() >= (long)(MIB / PAGE));
}

#define TEST(name) { #name, test_##name }
static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	TEST(node_is_for_everybody),
	TEST(info),
	TEST(a_thousand_sessions_one_after_another),
	TEST(more_sessions_than_served),
	TEST(calls_that_make_no_sense),
	TEST(pin_refuses),
	TEST(pin_odd_sizes),
	TEST(pin_scattered_pages),
	TEST(pin_much),
	TEST(pin_shared_memory),
	TEST(pin_limit),
	TEST(pin_and_unpin_at_once),
	TEST(watched_memory_changes),
	TEST(watched_memory_is_read_again),
	TEST(watched_memory_of_its_own_only),
	TEST(watched_memory_changes_all_the_time),
	TEST(watched_memory_limit),
	TEST(watched_memory_and_a_slow_host),
	TEST(region_ids_run_out),
	TEST(channels_start_and_stop),
	TEST(doorbell_and_wait),
	TEST(eight_threads_in_one_session),
	TEST(more_requests_than_the_ring_holds),
	TEST(a_signal_ends_a_wait),
	TEST(stop_wakes_a_waiter),
	TEST(a_child_inherits_a_session),
	TEST(a_second_device),
	TEST(another_tag_is_left_to_virtiofs),
	TEST(another_tag_is_left_to_virtiofs_later),
	TEST(tracepoints),
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
	TEST(loaded_and_unloaded_a_hundred_times),
	TEST(not_unloaded_while_open),
	TEST(unbound_in_use),
	TEST(bound_again_while_open),
	TEST(unplugged_in_use),
	TEST(unplugged_while_programs_run),
	TEST(suspended_in_use),	/* last: after it, QEMU 7.2 neither unplugs nor powers off */
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	srandom(getpid());
	for (unsigned i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		if (argc < 2) {
			puts(tests[i].name);
		} else if (!strcmp(argv[1], tests[i].name)) {
			tests[i].run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
