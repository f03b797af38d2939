/* SPDX-License-Identifier: MIT */
/*
 * files.c - serve the host's files to the guest.
 *
 * A process of its own speaks the FUSE protocol (linux/fuse.h, 7.31 and newer)
 * over the GUEST_FILES port, one request after another.  It has the rights of
 * the user who called qcuda, and the guest is not believed: numbers are looked
 * up, lengths and names are checked, nothing outside the writable directories
 * is changed, and only regular files and directories are ever opened.
 *
 * What cannot be written cannot change under the guest either (a run is
 * short), so the guest may cache it for ever; that is most of the speed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>
#include "tools/qcuda/files.h"
#include "tools/qcuda/qcuda.h"

enum {
	MINOR_OLDEST = 31,	/* Linux 5.4 */
	READ_MAX = 1 << 20,
	MESSAGE_MAX = READ_MAX + (64 << 10),
	VALID_SECONDS = 1 << 20, /* of what does not change */
};

static const char *const *writable;
static size_t writable_count;
static int port;

void files_writable(const char *const directories[], size_t count)
{
	writable = directories;
	writable_count = count;
}

/* Bytes; a short one means that QEMU is gone, and so we are done. */
static void receive(void *buffer, size_t length)
{
	for (size_t done = 0; done < length; ) {
		ssize_t n = read(port, (char *)buffer + done, length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);
		done += (size_t)n;
	}
}

static void reply(const struct files_request *request, int error, const void *data, size_t length)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + length), .error = error,
		.unique = request->header->unique,
	};
	struct iovec parts[] = { { &header, sizeof(header) }, { (void *)data, length } };
	struct iovec *part = parts;
	int n = 2;

	while (n > 0) {
		ssize_t done = writev(port, part, n);

		if (done < 0 && errno != EINTR)
			_exit(0);
		while (done > 0 && n > 0) {
			size_t step = (size_t)done < part->iov_len ? (size_t)done : part->iov_len;

			part->iov_base = (char *)part->iov_base + step;
			part->iov_len -= step;
			done -= (ssize_t)step;
			if (part->iov_len)
				break;
			part++;
			n--;
		}
		while (n > 0 && part->iov_len == 0) {
			part++;
			n--;
		}
	}
}

int files_answer(const struct files_request *request, const void *data, size_t length)
{
	reply(request, 0, data, length);
	return FILES_ANSWERED;
}

/* A name that is one component of a path */
static const char *check_name(const struct files_request *request, size_t offset)
{
	const char *name = (const char *)request->body + offset;

	if (offset >= request->length || !memchr(name, '\0', request->length - offset))
		return NULL;
	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return NULL;
	return name;
}

const char *files_name(const struct files_request *request, size_t offset)
{
	return check_name(request, offset);
}

void files_attr(struct fuse_attr *attr, const struct stat *st)
{
	*attr = (struct fuse_attr){
		.ino = st->st_ino ^ ((uint64_t)st->st_dev << 40),
		.size = (uint64_t)st->st_size,
		.blocks = (uint64_t)st->st_blocks,
		.atime = (uint64_t)st->st_atim.tv_sec, .atimensec = (uint32_t)st->st_atim.tv_nsec,
		.mtime = (uint64_t)st->st_mtim.tv_sec, .mtimensec = (uint32_t)st->st_mtim.tv_nsec,
		.ctime = (uint64_t)st->st_ctim.tv_sec, .ctimensec = (uint32_t)st->st_ctim.tv_nsec,
		.mode = st->st_mode, .nlink = (uint32_t)st->st_nlink,
		.uid = st->st_uid, .gid = st->st_gid, .rdev = (uint32_t)st->st_rdev,
		.blksize = (uint32_t)st->st_blksize,
	};
}

/*
 * How long the guest may believe attributes, in seconds.  A writable file with
 * several names is several nodes, of which each learns of changes by asking.
 */
uint64_t files_valid(const struct node *node, const struct stat *st)
{
	if (!node->writable)
		return VALID_SECONDS;
	return !S_ISDIR(st->st_mode) && st->st_nlink > 1 ? 0 : 1;
}

void files_entry(struct fuse_entry_out *entry, const struct node *node, const struct stat *st)
{
	*entry = (struct fuse_entry_out){
		.nodeid = node->id, .generation = node->generation,
		.entry_valid = node->writable ? 1 : VALID_SECONDS,
		.attr_valid = files_valid(node, st),
	};
	files_attr(&entry->attr, st);
}

static int do_init(struct files_request *request)
{
	const struct fuse_init_in *in = request->body;
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = in->max_readahead,
		.flags = in->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_PARALLEL_DIROPS |
				      FUSE_MAX_PAGES | FUSE_CACHE_SYMLINKS | FUSE_AUTO_INVAL_DATA |
				      FUSE_EXPORT_SUPPORT),
		.max_background = 64, .congestion_threshold = 48,
		.max_write = READ_MAX, .time_gran = 1, .max_pages = READ_MAX / 4096,
	};

	if (in->major != FUSE_KERNEL_VERSION || in->minor < MINOR_OLDEST)
		return -EPROTO;
	return files_answer(request, &out, sizeof(out));
}

/* That a name does not exist is worth remembering: ld.so asks for many. */
static int do_lookup(struct files_request *request)
{
	const char *name = check_name(request, 0);
	struct fuse_entry_out entry = { .entry_valid = VALID_SECONDS };
	struct node *node;
	struct stat st;
	int error;

	if (!name)
		return -EINVAL;
	error = node_lookup(request->node, name, &node, &st);
	if (!error)
		files_entry(&entry, node, &st);
	else if (error != -ENOENT || request->node->writable)
		return error;
	return files_answer(request, &entry, sizeof(entry));
}

static int do_forget(struct files_request *request)
{
	const struct fuse_forget_in *in = request->body;

	node_forget(request->node, in->nlookup);
	return FILES_ANSWERED;
}

static int do_batch_forget(struct files_request *request)
{
	const struct fuse_batch_forget_in *in = request->body;
	const struct fuse_forget_one *one = (const void *)(in + 1);

	if (in->count > (request->length - sizeof(*in)) / sizeof(*one))
		return FILES_ANSWERED;
	for (uint32_t i = 0; i < in->count; i++) {
		struct node *node = node_get(one[i].nodeid);

		if (node)
			node_forget(node, one[i].nlookup);
	}
	return FILES_ANSWERED;
}

static int do_getattr(struct files_request *request)
{
	const struct fuse_getattr_in *in = request->body;
	struct fuse_attr_out out = { 0 };
	struct stat st;
	int error, fd = in->getattr_flags & FUSE_GETATTR_FH ? handle_fd(in->fh) : -1;

	if (fd >= 0)
		error = fstat(fd, &st) == 0 ? 0 : -errno;
	else
		error = node_stat(request->node, &st);
	if (error)
		return error;
	out.attr_valid = files_valid(request->node, &st);
	files_attr(&out.attr, &st);
	return files_answer(request, &out, sizeof(out));
}

static int do_readlink(struct files_request *request)
{
	struct node *node = request->node;
	char target[4096];
	int parent = node->parent ? node_directory(node->parent) : -EINVAL;
	ssize_t n;

	if (parent < 0 || node->gone)
		return parent < 0 ? parent : -ESTALE;
	n = readlinkat(parent, node->name, target, sizeof(target));
	return n < 0 ? -errno : files_answer(request, target, (size_t)n);
}

static int do_open(struct files_request *request)
{
	const struct fuse_open_in *in = request->body;
	struct fuse_open_out out = { .open_flags = request->node->writable ? 0 : FOPEN_KEEP_CACHE };
	int fd, flags = in->flags & O_ACCMODE;

	if (flags != O_RDONLY && !request->node->writable)
		return -EROFS;
	fd = node_open(request->node, flags);
	if (fd < 0)
		return fd;
	out.fh = handle_new(fd);
	return files_answer(request, &out, sizeof(out));
}

static int do_read(struct files_request *request)
{
	static char buffer[READ_MAX];
	const struct fuse_read_in *in = request->body;
	int fd = handle_fd(in->fh);
	ssize_t n;

	if (fd < 0)
		return -EBADF;
	n = pread(fd, buffer, in->size < READ_MAX ? in->size : READ_MAX, (off_t)in->offset);
	return n < 0 ? -errno : files_answer(request, buffer, (size_t)n);
}

static int do_release(struct files_request *request)
{
	const struct fuse_release_in *in = request->body;

	handle_close(in->fh);
	return 0;
}

static int do_opendir(struct files_request *request)
{
	struct fuse_open_out out = { 0 };
	int fd = node_open(request->node, O_RDONLY);

	if (fd < 0)
		return fd;
	out.fh = handle_new(fd);
	return files_answer(request, &out, sizeof(out));
}

static size_t add_dirent(char *buffer, size_t room, const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);
	struct fuse_dirent out = {
		.ino = entry->d_ino, .off = (uint64_t)entry->d_off,
		.namelen = (uint32_t)length, .type = entry->d_type,
	};
	size_t size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length);

	if (size > room)
		return 0;
	memset(buffer, 0, size);
	memcpy(buffer, &out, FUSE_NAME_OFFSET);
	memcpy(buffer + FUSE_NAME_OFFSET, entry->d_name, length);
	return size;
}

static int do_readdir(struct files_request *request)
{
	static char buffer[64 << 10];
	const struct fuse_read_in *in = request->body;
	size_t room = in->size < sizeof(buffer) ? in->size : sizeof(buffer);
	size_t used = 0, step = 1;
	DIR *directory = handle_directory(in->fh);
	struct dirent *entry;

	if (!directory)
		return -EBADF;
	if (request->node->empty)
		return files_answer(request, NULL, 0);
	seekdir(directory, (long)in->offset);
	while (step && (entry = readdir(directory))) {
		step = add_dirent(buffer + used, room - used, entry);
		used += step;
	}
	return files_answer(request, buffer, used);
}

static int do_statfs(struct files_request *request)
{
	struct fuse_statfs_out out = { 0 };
	struct statvfs fs;
	int fd = node_directory(request->node->parent && request->node->directory < 0 ?
				request->node->parent : request->node);

	if (fd < 0 || fstatvfs(fd, &fs) != 0)
		return -EIO;
	out.st = (struct fuse_kstatfs){
		.blocks = fs.f_blocks, .bfree = fs.f_bfree, .bavail = fs.f_bavail,
		.files = fs.f_files, .ffree = fs.f_ffree, .bsize = (uint32_t)fs.f_bsize,
		.namelen = (uint32_t)fs.f_namemax, .frsize = (uint32_t)fs.f_frsize,
	};
	return files_answer(request, &out, sizeof(out));
}

static int do_nothing(struct files_request *request)
{
	return 0;
}

static int do_interrupt(struct files_request *request)
{
	return FILES_ANSWERED; /* the request it means has been answered already */
}

/* The smallest body of each request, and who answers it */
static const struct files_operation operations[] = {
	[FUSE_LOOKUP] = { do_lookup, 1, LOOKS },
	[FUSE_FORGET] = { do_forget, sizeof(struct fuse_forget_in), LOOKS },
	[FUSE_GETATTR] = { do_getattr, sizeof(struct fuse_getattr_in), LOOKS },
	[FUSE_READLINK] = { do_readlink, 0, LOOKS },
	[FUSE_OPEN] = { do_open, sizeof(struct fuse_open_in), LOOKS },
	[FUSE_READ] = { do_read, sizeof(struct fuse_read_in), LOOKS },
	[FUSE_STATFS] = { do_statfs, 0, LOOKS },
	[FUSE_RELEASE] = { do_release, sizeof(struct fuse_release_in), LOOKS },
	[FUSE_FLUSH] = { do_nothing, 0, LOOKS },
	[FUSE_INIT] = { do_init, sizeof(uint32_t) * 4, LOOKS },
	[FUSE_OPENDIR] = { do_opendir, sizeof(struct fuse_open_in), LOOKS },
	[FUSE_READDIR] = { do_readdir, sizeof(struct fuse_read_in), LOOKS },
	[FUSE_RELEASEDIR] = { do_release, sizeof(struct fuse_release_in), LOOKS },
	[FUSE_INTERRUPT] = { do_interrupt, 0, LOOKS },
	[FUSE_DESTROY] = { do_nothing, 0, LOOKS },
	[FUSE_BATCH_FORGET] = { do_batch_forget, sizeof(struct fuse_batch_forget_in), LOOKS },
	/* files_change.c */
	[FUSE_SETATTR] = { files_setattr, sizeof(struct fuse_setattr_in), CHANGES },
	[FUSE_SYMLINK] = { files_symlink, 2, CHANGES },
	[FUSE_MKNOD] = { files_mknod, sizeof(struct fuse_mknod_in) + 1, CHANGES },
	[FUSE_MKDIR] = { files_mkdir, sizeof(struct fuse_mkdir_in) + 1, CHANGES },
	[FUSE_UNLINK] = { files_unlink, 1, CHANGES },
	[FUSE_RMDIR] = { files_rmdir, 1, CHANGES },
	[FUSE_RENAME] = { files_rename, sizeof(struct fuse_rename_in) + 2, CHANGES },
	[FUSE_RENAME2] = { files_rename2, sizeof(struct fuse_rename2_in) + 2, CHANGES },
	[FUSE_LINK] = { files_link, sizeof(struct fuse_link_in) + 1, CHANGES },
	[FUSE_WRITE] = { files_write, sizeof(struct fuse_write_in), CHANGES },
	[FUSE_FSYNC] = { files_fsync, sizeof(struct fuse_fsync_in), LOOKS },
	[FUSE_FSYNCDIR] = { do_nothing, 0, LOOKS },
	[FUSE_CREATE] = { files_create, sizeof(struct fuse_create_in) + 1, CHANGES },
	[FUSE_FALLOCATE] = { files_fallocate, sizeof(struct fuse_fallocate_in), CHANGES },
};

/* FUSE_FORGET and its batch want no reply, not even an error. */
static bool wants_reply(uint32_t opcode)
{
	return opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET;
}

static int serve(struct files_request *request)
{
	uint32_t opcode = request->header->opcode;
	const struct files_operation *operation =
		opcode < sizeof(operations) / sizeof(*operations) ? &operations[opcode] : NULL;

	if (!operation || !operation->serve)
		return -ENOSYS;
	if (request->length < operation->body)
		return -EINVAL;
	request->node = node_get(request->header->nodeid);
	if (!request->node) {
		if (opcode != FUSE_INIT && opcode != FUSE_BATCH_FORGET &&
		    opcode != FUSE_INTERRUPT && opcode != FUSE_DESTROY)
			return -ESTALE;
	} else if (operation->kind == CHANGES && !request->node->writable) {
		return -EROFS;
	}
	return operation->serve(request);
}

/* Serve the guest behind @fd until it is gone. */
void files_serve(int fd)
{
	char *buffer = grow(NULL, MESSAGE_MAX + 1, 1);
	struct fuse_in_header *header = (struct fuse_in_header *)buffer;
	struct files_request request = { .header = header, .body = header + 1 };
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close_range(STDERR_FILENO + 1, (unsigned int)fd - 1, 0);
	close_range((unsigned int)fd + 1, ~0u, 0);
	umask(0);
	port = fd;
	node_init(writable, writable_count);
	for (;;) {
		int result;

		receive(header, sizeof(*header));
		if (header->len < sizeof(*header) || header->len > MESSAGE_MAX)
			die("the guest sent a file request of %u bytes", header->len);
		request.length = header->len - sizeof(*header);
		receive(header + 1, request.length);
		result = serve(&request);
		if (result != FILES_ANSWERED && wants_reply(header->opcode))
			reply(&request, result, NULL, 0);
	}
}
