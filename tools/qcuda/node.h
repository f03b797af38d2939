/* SPDX-License-Identifier: MIT */
/*
 * node.h - the files that the guest knows, by number.
 *
 * A node is a name in a directory that the guest has looked up and not yet
 * forgotten.  The guest gets the node's number and nothing else.  Every access goes through the parent's directory
 * descriptor and one name, never through a path, and never follows a symbolic
 * link: so a guest cannot leave the tree that a node belongs to, however it
 * moves things about.
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct node {
	uint64_t id, lookups;
	uint64_t generation;	    /* of those that have had this id */
	struct node *parent, *next; /* next: in the same hash chain, or unused */
	char *name;
	int directory;	     /* O_PATH descriptor; -1: not opened, or no directory */
	unsigned int children;
	bool writable;	     /* it may be changed, and what is below it */
	bool empty;	     /* of another world (/proc): shown without content */
	bool gone;	     /* the name is no longer this file's */
	dev_t dev;
	ino_t ino;
};

/* All of them return 0 or a negative errno, unless they return a node. */
void node_init(const char *const writable[], size_t count);
struct node *node_get(uint64_t id);
int node_directory(struct node *node);
int node_stat(struct node *node, struct stat *st);
int node_open(struct node *node, int flags);
int node_lookup(struct node *parent, const char *name, struct node **node, struct stat *st);
void node_forget(struct node *node, uint64_t lookups);
void node_unlinked(struct node *parent, const char *name);
void node_renamed(struct node *parent, const char *name, struct node *new_parent,
		  const char *new_name);

#endif
