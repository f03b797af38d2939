/* SPDX-License-Identifier: MIT */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-device/common/link.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/exchange.h"

/* Of one owner in any case; of one while there is room for all; of all */
struct limits {
	unsigned sure, one, all;
};

/* The daemon needs its descriptors for other things, too. */
static const struct limits fd_limits = { 4, 64, 512 }, note_limits = { 64, 4096, 16384 };

struct exchange_entry {
	struct exchange_entry *next, **link;	/* of its owner's */
	struct exchange_owner *owner;
	struct link_item item;
	int fd;			/* -1: a note */
};

static void *tree;		/* of all entries, by token */
static unsigned fds, notes;	/* how many there are */

static int compare(const void *pa, const void *pb)
{
	const struct exchange_entry *a = pa, *b = pb;

	return memcmp(a->item.token, b->item.token, sizeof(a->item.token));
}

static struct exchange_entry *find(const uint8_t *token)
{
	struct exchange_entry key, **node;

	memcpy(key.item.token, token, sizeof(key.item.token));
	node = tfind(&key, &tree, compare);
	return node ? *node : NULL;
}

static bool has_room(const struct limits *limits, unsigned of_one, unsigned all)
{
	return of_one < limits->sure || (of_one < limits->one && all < limits->all);
}

static void count(struct exchange_owner *owner, int fd, int change)
{
	*(fd >= 0 ? &owner->fds : &owner->notes) += change;
	*(fd >= 0 ? &fds : &notes) += change;
}

bool exchange_get(struct link_item *item, int *fd)
{
	const struct exchange_entry *entry = find(item->token);

	*fd = entry ? entry->fd : -1;
	if (entry)
		*item = entry->item;
	return entry;
}

bool exchange_put(struct exchange_owner *owner, const struct link_item *item, int fd)
{
	struct exchange_entry *entry, **node;

	if (fd >= 0 ? !has_room(&fd_limits, owner->fds, fds) :
		      !has_room(&note_limits, owner->notes, notes))
		return false;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return false;
	*entry = (struct exchange_entry){ owner->entries, &owner->entries, owner, *item, fd };
	node = tsearch(entry, &tree, compare);
	if (!node || *node != entry) {
		free(entry);
		return false;
	}
	if (entry->next)
		entry->next->link = &entry->next;
	owner->entries = entry;
	count(owner, fd, 1);
	return true;
}

static void entry_remove(struct exchange_entry *entry)
{
	count(entry->owner, entry->fd, -1);
	tdelete(entry, &tree, compare);
	*entry->link = entry->next;
	if (entry->next)
		entry->next->link = entry->link;
	fd_close(&entry->fd);
	free(entry);
}

bool exchange_drop(struct exchange_owner *owner, const uint8_t *token)
{
	struct exchange_entry *entry = find(token);

	if (!entry || entry->owner != owner)
		return false;
	entry_remove(entry);
	return true;
}

void exchange_forget(struct exchange_owner *owner)
{
	while (owner->entries)
		entry_remove(owner->entries);
}
