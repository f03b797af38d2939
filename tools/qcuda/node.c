/* SPDX-License-Identifier: MIT */
/* node.c - the table of nodes (the idea is in node.h). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>
#include "tools/qcuda/node.h"
#include "tools/qcuda/qcuda.h"

enum {
	CHAINS = 1 << 16,
	NODES_MAX = 1 << 22, /* a bound on what a guest can make us keep */
};

struct identity {
	dev_t dev;
	ino_t ino;
};

static struct node **table; /* by id; [1] is the root */
static size_t ids, allocated;
static struct node *unused; /* forgotten ones, for their ids */
static struct node *chains[CHAINS];
static struct identity *writables;
static size_t nwritables;

static size_t chain_of(const struct node *parent, const char *name)
{
	uint64_t hash = parent->id * 0x9e3779b97f4a7c15ull;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return (hash >> 20) % CHAINS;
}

static struct node *find(const struct node *parent, const char *name)
{
	for (struct node *node = chains[chain_of(parent, name)]; node; node = node->next)
		if (node->parent == parent && !strcmp(node->name, name))
			return node;
	return NULL;
}

static void chain_in(struct node *node)
{
	size_t chain = chain_of(node->parent, node->name);

	node->next = chains[chain];
	chains[chain] = node;
}

static void chain_out(struct node *node)
{
	struct node **link = &chains[chain_of(node->parent, node->name)];

	while (*link && *link != node)
		link = &(*link)->next;
	if (*link)
		*link = node->next;
}

static struct node *node_new(void)
{
	struct node *node = unused;

	if (node) {
		unused = node->next;
	} else {
		if (ids == NODES_MAX)
			return NULL;
		if (ids == allocated) {
			allocated = allocated ? 2 * allocated : 1024;
			table = grow(table, allocated, sizeof(*table));
		}
		node = calloc(1, sizeof(*node));
		if (!node)
			return NULL;
		node->id = ids++;
	}
	*node = (struct node){ .id = node->id, .generation = node->generation + 1, .directory = -1 };
	table[node->id] = node;
	return node;
}

/* Nobody has the node any more; its id will be another's. */
static void node_free(struct node *node)
{
	if (node->directory >= 0)
		close(node->directory);
	free(node->name);
	table[node->id] = NULL;
	node->next = unused;
	unused = node;
}

static bool is_writable_root(const struct stat *st)
{
	for (size_t i = 0; i < nwritables; i++)
		if (writables[i].dev == st->st_dev && writables[i].ino == st->st_ino)
			return true;
	return false;
}

/* Directories are held open, so many descriptors are wanted. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/**
 * node_init() - make the root
 * @writable: directories below which the guest may change things
 */
void node_init(const char *const writable[], size_t count)
{
	struct node *root;
	struct stat st;

	raise_limit();
	node_new(); /* 0 is nobody's number */
	root = node_new();
	root->directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->directory < 0 || fstat(root->directory, &st) != 0)
		die("cannot open /: %s", strerror(errno));
	root->lookups = 1;
	root->dev = st.st_dev;
	root->ino = st.st_ino;
	for (size_t i = 0; i < count; i++) {
		if (stat(writable[i], &st) != 0)
			die("cannot open %s: %s", writable[i], strerror(errno));
		writables = grow(writables, nwritables + 1, sizeof(*writables));
		writables[nwritables++] = (struct identity){ st.st_dev, st.st_ino };
	}
}

/* The node with this number, or NULL */
struct node *node_get(uint64_t id)
{
	return id > 0 && id < ids ? table[id] : NULL;
}

/* The descriptor of a directory, which stays the node's */
int node_directory(struct node *node)
{
	int parent;

	if (node->directory >= 0)
		return node->directory;
	if (node->gone)
		return -ESTALE;
	parent = node_directory(node->parent);
	if (parent < 0)
		return parent;
	node->directory = openat(parent, node->name,
				 O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return node->directory < 0 ? -errno : node->directory;
}

int node_stat(struct node *node, struct stat *st)
{
	int parent;

	if (node->directory >= 0)
		return fstat(node->directory, st) == 0 ? 0 : -errno;
	if (node->gone)
		return -ESTALE;
	parent = node_directory(node->parent);
	if (parent < 0)
		return parent;
	return fstatat(parent, node->name, st, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -errno;
}

/**
 * node_open() - open a directory or regular file; never a device or a FIFO,
 * whose opening alone may do something
 *
 * Return: a new descriptor, or a negative errno.
 */
int node_open(struct node *node, int flags)
{
	struct stat st;
	int error = node_stat(node, &st);
	int fd;

	if (error)
		return error;
	if (S_ISDIR(st.st_mode)) {
		fd = node_directory(node);
		fd = fd < 0 ? fd : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else if (S_ISREG(st.st_mode)) {
		fd = openat(node_directory(node->parent), node->name,
			    flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	} else {
		return -EACCES;
	}
	return fd < 0 ? -errno : fd;
}

/* File systems that show the host itself; the guest has its own */
static bool other_world(struct node *node)
{
	struct statfs fs;
	int fd = node_directory(node);

	return fd >= 0 && fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC);
}

static struct node *adopt(struct node *parent, const char *name, const struct stat *st)
{
	struct node *node = node_new();

	if (!node)
		return NULL;
	node->parent = parent;
	node->name = strdup(name);
	if (!node->name) {
		node_free(node);
		return NULL;
	}
	node->dev = st->st_dev;
	node->ino = st->st_ino;
	node->writable = parent->writable || (S_ISDIR(st->st_mode) && is_writable_root(st));
	parent->children++;
	chain_in(node);
	node->empty = S_ISDIR(st->st_mode) && st->st_dev != parent->dev && other_world(node);
	return node;
}

static void detach(struct node *node)
{
	if (!node->gone)
		chain_out(node);
	node->gone = true;
}

/**
 * node_lookup() - the node of a name; it counts one lookup more
 * @name: checked by the caller: no slash, not ".", not ".."
 */
int node_lookup(struct node *parent, const char *name, struct node **node, struct stat *st)
{
	int fd = node_directory(parent);
	struct node *found;

	if (fd < 0)
		return fd;
	if (parent->empty)
		return -ENOENT;
	if (fstatat(fd, name, st, AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	found = find(parent, name);
	if (found && (found->dev != st->st_dev || found->ino != st->st_ino)) {
		detach(found); /* somebody on the host has put another file there */
		found = NULL;
	}
	if (!found)
		found = adopt(parent, name, st);
	if (!found)
		return -ENOMEM;
	found->lookups++;
	*node = found;
	return 0;
}

static void release(struct node *node)
{
	while (node && node->id > 1 && !node->lookups && !node->children) {
		struct node *parent = node->parent;

		detach(node);
		node_free(node);
		parent->children--;
		node = parent;
	}
}

void node_forget(struct node *node, uint64_t lookups)
{
	node->lookups -= lookups < node->lookups ? lookups : node->lookups;
	release(node);
}

/* The name is gone; who has the file open keeps it */
void node_unlinked(struct node *parent, const char *name)
{
	struct node *node = find(parent, name);

	if (node)
		detach(node);
}

void node_renamed(struct node *parent, const char *name, struct node *new_parent,
		  const char *new_name)
{
	struct node *node = find(parent, name);
	char *copy = strdup(new_name);

	node_unlinked(new_parent, new_name);
	if (!node || !copy) {
		if (node)
			detach(node);
		free(copy);
		return;
	}
	chain_out(node);
	free(node->name);
	node->name = copy;
	node->parent = new_parent;
	new_parent->children++;
	chain_in(node);
	parent->children--;
	release(parent);
}
