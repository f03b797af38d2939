/* SPDX-License-Identifier: MIT */
/*
 * root.c - the guest's file system: the host's, as the user of qcuda sees it.
 *
 * qcuda serves the host's files with the FUSE protocol through a virtio-serial
 * port; two threads here carry it between that port and /dev/fuse.  (So a guest
 * needs nothing but fuse.ko: Debian's cloud kernel has no 9p, and virtiofs
 * wants a daemon that must be root.)  On top lies a tmpfs, by overlayfs: what
 * the program writes is gone with the guest.  The directories named `writable`
 * are the exception: there the host's files are mounted as they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/module.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tools/guest/init.h"

/* The largest FUSE message: what the server's max_write allows, and headers */
enum { FUSE_MESSAGE_MAX = (1 << 20) + (64 << 10) };

static void mount_at(const char *source, const char *target, const char *type,
		     unsigned long flags, const char *options)
{
	if (mkdir(target, 0755) != 0 && errno != EEXIST)
		fail("cannot make %s: %s", target, strerror(errno));
	if (mount(source, target, type, flags, options) != 0)
		fail("cannot mount %s: %s", target, strerror(errno));
}

void root_early(void)
{
	mount_at("dev", "/dev", "devtmpfs", 0, NULL);
	mount_at("proc", "/proc", "proc", 0, NULL);
}

/* A compressed module ("fuse.ko.xz") is unpacked by a kernel that has such modules. */
static bool module_insert(const char *name)
{
	size_t length = strlen(name);
	int flags = length > 3 && strcmp(name + length - 3, ".ko") == 0 ?
		0 : MODULE_INIT_COMPRESSED_FILE;
	char path[256];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "/modules/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ok = fd >= 0 && (syscall(SYS_finit_module, fd, "", flags) == 0 || errno == EEXIST);
	if (fd >= 0)
		close(fd);
	return ok;
}

void root_modules(const struct spec *spec)
{
	for (size_t i = 0; i < spec->nmodules; i++)
		if (!module_insert(spec->modules[i]))
			fail("the guest kernel refuses %s: %s", spec->modules[i], strerror(errno));
}

struct pump {
	int fuse, port;
};

/* Requests: a read of /dev/fuse gives exactly one, which names its length. */
static void *pump_requests(void *arg)
{
	struct pump *pump = arg;
	char *buffer = malloc(FUSE_MESSAGE_MAX);

	for (;;) {
		ssize_t n = read(pump->fuse, buffer, FUSE_MESSAGE_MAX);

		if (n < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN))
			continue;
		if (n <= 0 || !write_all(pump->port, buffer, (size_t)n))
			return NULL;
	}
}

/* Replies: each must be given to /dev/fuse in one write. */
static void *pump_replies(void *arg)
{
	struct pump *pump = arg;
	char *buffer = malloc(FUSE_MESSAGE_MAX);
	struct fuse_out_header *header = (struct fuse_out_header *)buffer;

	for (;;) {
		if (!read_all(pump->port, header, sizeof(*header)))
			fail("the host's files are gone");
		if (header->len < sizeof(*header) || header->len > FUSE_MESSAGE_MAX)
			fail("a file reply of %u bytes", header->len);
		if (!read_all(pump->port, header + 1, header->len - sizeof(*header)))
			fail("the host's files are gone");
		/* ENOENT: the request was interrupted meanwhile */
		if (write(pump->fuse, buffer, header->len) < 0 && errno != ENOENT)
			fail("/dev/fuse refuses a reply: %s", strerror(errno));
	}
	return NULL;
}

static void mount_host(const char *target)
{
	static struct pump pump;
	char options[128];
	pthread_t thread;

	pump.port = port_open(GUEST_FILES);
	pump.fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (pump.fuse < 0)
		fail("cannot open /dev/fuse: %s", strerror(errno));
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions",
		 pump.fuse);
	mount_at("host", target, "fuse", 0, options);
	if (pthread_create(&thread, NULL, pump_requests, &pump) != 0 ||
	    pthread_create(&thread, NULL, pump_replies, &pump) != 0)
		fail("cannot start a thread");
}

static void mount_writable(const struct spec *spec)
{
	for (size_t i = 0; i < spec->nwritable; i++) {
		char *from, *to;

		if (asprintf(&from, "/host%s", spec->writable[i]) < 0 ||
		    asprintf(&to, "/root%s", spec->writable[i]) < 0)
			fail("out of memory");
		if (mount(from, to, NULL, MS_BIND, NULL) != 0)
			fail("cannot share %s: %s", spec->writable[i], strerror(errno));
		free(from);
		free(to);
	}
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		ioctl(fd, SIOCSIFFLAGS, &request);
		close(fd);
	}
}

static void link_streams(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlink(links[i][0], links[i][1]) != 0 && errno != EEXIST)
			fail("cannot make %s: %s", links[i][1], strerror(errno));
}

/* From here on / is the host's file tree, with the guest's own /dev, /proc, /sys and /run */
void root_assemble(const struct spec *spec)
{
	mount_host("/host");
	mount_at("tmp", "/tmpfs", "tmpfs", 0, "mode=0755");
	if (mkdir("/tmpfs/upper", 0755) != 0 || mkdir("/tmpfs/work", 0755) != 0)
		fail("cannot fill a tmpfs: %s", strerror(errno));
	mount_at("root", "/root", "overlay", 0,
		 "lowerdir=/host,upperdir=/tmpfs/upper,workdir=/tmpfs/work");
	mount_writable(spec);
	mount_at("dev", "/root/dev", "devtmpfs", MS_NOSUID, NULL);
	mount_at("proc", "/root/proc", "proc", 0, NULL);
	mount_at("sys", "/root/sys", "sysfs", 0, NULL);
	mount_at("pts", "/root/dev/pts", "devpts", 0, "mode=0620,ptmxmode=0666");
	mount_at("shm", "/root/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	if (chdir("/root") != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0)
		fail("cannot enter the new root: %s", strerror(errno));
	link_streams();
	loopback_up();
}

/* What the program wrote to the host's files has reached them when this returns. */
void root_sync(const struct spec *spec)
{
	for (size_t i = 0; i < spec->nwritable; i++) {
		int fd = open(spec->writable[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0) {
			syncfs(fd);
			close(fd);
		}
	}
}
