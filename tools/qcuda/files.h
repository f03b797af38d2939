/* SPDX-License-Identifier: MIT */
/* files.h - the parts of the file server. */
#ifndef FILES_H
#define FILES_H

#include <dirent.h>
#include <linux/fuse.h>
#include "tools/qcuda/node.h"

/* An operation returns 0 or a negative errno, which is the reply; or it has replied itself. */
enum { FILES_ANSWERED = 1 };

struct files_request {
	const struct fuse_in_header *header;
	const void *body;
	size_t length; /* of the body */
	struct node *node;
};

struct files_operation {
	int (*serve)(struct files_request *request);
	size_t body; /* the least length of the body */
	enum { LOOKS, CHANGES } kind; /* CHANGES: only for nodes that are writable */
};

/* files.c */
int files_answer(const struct files_request *request, const void *data, size_t length);
const char *files_name(const struct files_request *request, size_t offset);
void files_attr(struct fuse_attr *attr, const struct stat *st);
void files_entry(struct fuse_entry_out *entry, const struct node *node, const struct stat *st);
uint64_t files_valid(const struct node *node, const struct stat *st);

/* files_change.c */
int files_setattr(struct files_request *request);
int files_symlink(struct files_request *request);
int files_mknod(struct files_request *request);
int files_mkdir(struct files_request *request);
int files_unlink(struct files_request *request);
int files_rmdir(struct files_request *request);
int files_rename(struct files_request *request);
int files_rename2(struct files_request *request);
int files_link(struct files_request *request);
int files_write(struct files_request *request);
int files_fsync(struct files_request *request);
int files_create(struct files_request *request);
int files_fallocate(struct files_request *request);

/* handle.c: what the guest has open */
uint64_t handle_new(int fd);
int handle_fd(uint64_t handle);
DIR *handle_directory(uint64_t handle);
void handle_close(uint64_t handle);

#endif
