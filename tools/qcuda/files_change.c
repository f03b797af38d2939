/* SPDX-License-Identifier: MIT */
/*
 * files_change.c - the file requests that change something.
 *
 * files.c has checked that request->node is writable; a second node named in
 * the body is checked here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tools/qcuda/files.h"

/* Where a node's attributes are changed: a directory descriptor and a name in it */
static int place_of(struct node *node, const char **name)
{
	int fd;

	if (node->directory >= 0) {
		*name = ".";
		return node->directory;
	}
	if (node->gone)
		return -ESTALE;
	fd = node_directory(node->parent);
	*name = node->name;
	return fd;
}

static int result_of(int result)
{
	return result < 0 ? -errno : 0;
}

static int set_size(struct node *node, const struct fuse_setattr_in *in)
{
	int fd = in->valid & FATTR_FH ? handle_fd(in->fh) : -1;
	int error, opened = -1;

	if (fd < 0)
		fd = opened = node_open(node, O_WRONLY);
	if (fd < 0)
		return fd;
	error = result_of(ftruncate(fd, (off_t)in->size));
	if (opened >= 0)
		close(opened);
	return error;
}

static int set_mode(int fd, const char *name, mode_t mode)
{
	struct stat st;

	/* fchmodat() follows links and has no flag against it that works everywhere */
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -EOPNOTSUPP;
	return result_of(fchmodat(fd, name, mode & 07777, 0));
}

static struct timespec new_time(uint32_t valid, uint32_t set, uint32_t set_now, uint64_t seconds,
				uint32_t ns)
{
	if (valid & set_now)
		return (struct timespec){ .tv_nsec = UTIME_NOW };
	if (valid & set)
		return (struct timespec){ .tv_sec = (time_t)seconds, .tv_nsec = ns };
	return (struct timespec){ .tv_nsec = UTIME_OMIT };
}

static int set_times(int fd, const char *name, const struct fuse_setattr_in *in)
{
	struct timespec times[] = {
		new_time(in->valid, FATTR_ATIME, FATTR_ATIME_NOW, in->atime, in->atimensec),
		new_time(in->valid, FATTR_MTIME, FATTR_MTIME_NOW, in->mtime, in->mtimensec),
	};

	return result_of(utimensat(fd, name, times, AT_SYMLINK_NOFOLLOW));
}

static int set_all(struct node *node, const struct fuse_setattr_in *in)
{
	const char *name;
	int error = 0, fd;

	if (in->valid & FATTR_SIZE)
		error = set_size(node, in);
	if (!(in->valid & ~(FATTR_SIZE | FATTR_FH | FATTR_LOCKOWNER)) || error)
		return error;
	fd = place_of(node, &name);
	if (fd < 0)
		return fd;
	if (in->valid & (FATTR_UID | FATTR_GID))
		error = result_of(fchownat(fd, name, in->valid & FATTR_UID ? in->uid : (uid_t)-1,
					   in->valid & FATTR_GID ? in->gid : (gid_t)-1,
					   AT_SYMLINK_NOFOLLOW));
	if (!error && in->valid & FATTR_MODE)
		error = set_mode(fd, name, in->mode);
	if (!error && in->valid & (FATTR_ATIME | FATTR_MTIME))
		error = set_times(fd, name, in);
	return error;
}

int files_setattr(struct files_request *request)
{
	const struct fuse_setattr_in *in = request->body;
	struct fuse_attr_out out = { 0 };
	int fd = in->valid & FATTR_FH ? handle_fd(in->fh) : -1;
	int error = set_all(request->node, in);
	struct stat st;

	if (!error)
		error = fd >= 0 ? result_of(fstat(fd, &st)) : node_stat(request->node, &st);
	if (error)
		return error;
	out.attr_valid = files_valid(request->node, &st);
	files_attr(&out.attr, &st);
	return files_answer(request, &out, sizeof(out));
}

/* Answer with the entry of a name just made in request->node. */
static int answer_new(struct files_request *request, const char *name)
{
	struct fuse_entry_out entry;
	struct node *node;
	struct stat st;
	int error = node_lookup(request->node, name, &node, &st);

	if (error)
		return error;
	files_entry(&entry, node, &st);
	return files_answer(request, &entry, sizeof(entry));
}

int files_symlink(struct files_request *request)
{
	const char *name = files_name(request, 0);
	const char *target = name ? name + strlen(name) + 1 : NULL;
	const char *end = (const char *)request->body + request->length;
	int fd = node_directory(request->node);

	if (fd < 0)
		return fd;
	if (!name || target >= end || !memchr(target, '\0', (size_t)(end - target)))
		return -EINVAL;
	return symlinkat(target, fd, name) == 0 ? answer_new(request, name) : -errno;
}

/* Regular files, FIFOs and sockets; a device would be a way out. */
int files_mknod(struct files_request *request)
{
	const struct fuse_mknod_in *in = request->body;
	const char *name = files_name(request, sizeof(*in));
	int fd = node_directory(request->node);

	if (fd < 0)
		return fd;
	if (!name)
		return -EINVAL;
	if (!S_ISREG(in->mode) && !S_ISFIFO(in->mode) && !S_ISSOCK(in->mode))
		return -EPERM;
	return mknodat(fd, name, in->mode, 0) == 0 ? answer_new(request, name) : -errno;
}

int files_mkdir(struct files_request *request)
{
	const struct fuse_mkdir_in *in = request->body;
	const char *name = files_name(request, sizeof(*in));
	int fd = node_directory(request->node);

	if (fd < 0)
		return fd;
	if (!name)
		return -EINVAL;
	return mkdirat(fd, name, in->mode) == 0 ? answer_new(request, name) : -errno;
}

static int remove_name(struct files_request *request, int flags)
{
	const char *name = files_name(request, 0);
	int fd = node_directory(request->node);

	if (fd < 0)
		return fd;
	if (!name)
		return -EINVAL;
	if (unlinkat(fd, name, flags) != 0)
		return -errno;
	node_unlinked(request->node, name);
	return 0;
}

int files_unlink(struct files_request *request)
{
	return remove_name(request, 0);
}

int files_rmdir(struct files_request *request)
{
	return remove_name(request, AT_REMOVEDIR);
}

static int do_rename(struct files_request *request, size_t header, uint64_t new_id,
		     unsigned int flags)
{
	const char *name = files_name(request, header);
	const char *new_name = name ? files_name(request, header + strlen(name) + 1) : NULL;
	struct node *new_parent = node_get(new_id);
	int from = node_directory(request->node);
	int to = new_parent ? node_directory(new_parent) : -ESTALE;

	if (!name || !new_name || flags & ~(unsigned int)RENAME_NOREPLACE)
		return -EINVAL;
	if (from < 0 || to < 0)
		return from < 0 ? from : to;
	if (!new_parent->writable)
		return -EROFS;
	if (renameat2(from, name, to, new_name, flags) != 0)
		return -errno;
	node_renamed(request->node, name, new_parent, new_name);
	return 0;
}

int files_rename(struct files_request *request)
{
	const struct fuse_rename_in *in = request->body;

	return do_rename(request, sizeof(*in), in->newdir, 0);
}

int files_rename2(struct files_request *request)
{
	const struct fuse_rename2_in *in = request->body;

	return do_rename(request, sizeof(*in), in->newdir, in->flags);
}

int files_link(struct files_request *request)
{
	const struct fuse_link_in *in = request->body;
	const char *name = files_name(request, sizeof(*in)), *old_name;
	struct node *old = node_get(in->oldnodeid);
	int fd = node_directory(request->node), old_fd;

	if (!name || !old || !old->parent || old->gone)
		return -EINVAL;
	if (!old->writable)
		return -EROFS;
	old_fd = place_of(old, &old_name);
	if (fd < 0 || old_fd < 0)
		return fd < 0 ? fd : old_fd;
	return linkat(old_fd, old_name, fd, name, 0) == 0 ? answer_new(request, name) : -errno;
}

int files_write(struct files_request *request)
{
	const struct fuse_write_in *in = request->body;
	struct fuse_write_out out = { 0 };
	int fd = handle_fd(in->fh);
	ssize_t n;

	if (fd < 0)
		return -EBADF;
	if (in->size > request->length - sizeof(*in))
		return -EINVAL;
	n = pwrite(fd, in + 1, in->size, (off_t)in->offset);
	if (n < 0)
		return -errno;
	out.size = (uint32_t)n;
	return files_answer(request, &out, sizeof(out));
}

int files_fsync(struct files_request *request)
{
	const struct fuse_fsync_in *in = request->body;
	int fd = handle_fd(in->fh);

	return fd < 0 ? -EBADF : result_of(fsync(fd));
}

int files_create(struct files_request *request)
{
	const struct fuse_create_in *in = request->body;
	const char *name = files_name(request, sizeof(*in));
	int fd, directory = node_directory(request->node);
	int flags = (int)in->flags & (O_ACCMODE | O_EXCL);
	struct {
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} out = { 0 };
	struct node *node;
	struct stat st;
	int error;

	if (directory < 0)
		return directory;
	if (!name)
		return -EINVAL;
	fd = openat(directory, name, flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    in->mode & 07777);
	if (fd < 0)
		return -errno;
	error = node_lookup(request->node, name, &node, &st);
	if (error) {
		close(fd);
		return error;
	}
	files_entry(&out.entry, node, &st);
	out.open.fh = handle_new(fd);
	return files_answer(request, &out, sizeof(out));
}

int files_fallocate(struct files_request *request)
{
	const struct fuse_fallocate_in *in = request->body;
	int fd = handle_fd(in->fh);

	if (fd < 0)
		return -EBADF;
	return result_of(fallocate(fd, (int)in->mode, (off_t)in->offset, (off_t)in->length));
}
