/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_HANDLE_H
#define SOFTGPU_HANDLE_H

#include <stdbool.h>
#include <stddef.h>

struct context;

enum handle_type {
	HANDLE_CONTEXT = 1,
	HANDLE_STREAM,
	HANDLE_EVENT,
	HANDLE_MODULE,
	HANDLE_FUNCTION,
	HANDLE_LIBRARY,
	HANDLE_KERNEL,
	HANDLE_LINK,
	HANDLE_POOL,
	HANDLE_ALLOCATION,
	HANDLE_ARRAY,
	HANDLE_MIPMAP,
	HANDLE_TEXTURE,
	HANDLE_SURFACE,
	HANDLE_TEXTURE_REFERENCE,
	HANDLE_SURFACE_REFERENCE,
	HANDLE_GRAPH,
	HANDLE_NODE,
	HANDLE_EXEC,
	HANDLE_CONDITIONAL,
	HANDLE_USER_OBJECT,
	HANDLE_RESOURCE_DESC,
};

/**
 * struct handle - the first member of everything a program holds a handle of
 * @type:	what it is
 * @refs:	the table's reference, and one for each user; atomic
 * @owner:	the context that takes this along when it is destroyed; may be NULL
 * @destroy:	frees it when the last reference goes
 * @next:	in its bucket; under the table's lock
 */
struct handle {
	enum handle_type type;
	unsigned int refs;
	struct context *owner;
	void (*destroy)(struct handle *handle);
	struct handle *next;
};

/* handle_init() - with one reference, which belongs to the caller */
void handle_init(struct handle *handle, enum handle_type type, struct context *owner,
		 void (*destroy)(struct handle *handle));

/* handle_publish() - from now on handle_get() finds it; the table takes a reference */
void handle_publish(struct handle *handle);

/**
 * handle_get() - what a handle given by a program stands for
 * @value:	any bits at all; they are never followed before they are found in the table
 * @type:	what it must be
 *
 * Return: the object with one more reference, or NULL.
 */
void *handle_get(const void *value, enum handle_type type);

/* handle_ref() - one more reference to an object that is already held */
void *handle_ref(struct handle *handle);

/* handle_put() - give a reference back; NULL is fine */
void handle_put(struct handle *handle);

/**
 * handle_retire() - no handle_get() finds it any more; the table's reference is given back
 *
 * Return: true if it was this call that took it out: only one of two threads destroys.
 */
bool handle_retire(struct handle *handle);

/**
 * handle_take() - retire any one object of a type that belongs to a context
 *
 * Return: the object with the table's reference, or NULL when there is none left.
 */
void *handle_take(const struct context *owner, enum handle_type type);

#endif /* SOFTGPU_HANDLE_H */
