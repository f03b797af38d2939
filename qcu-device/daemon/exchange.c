/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/common/link.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/exchange.h"

/* Of one owner and of all.  The daemon needs its descriptors for other things, too. */
#define MOST_FDS_OF_ONE		64
#define MOST_FDS		512
#define MOST_NOTES_OF_ONE	4096
#define MOST_NOTES		16384

struct entry {
	struct entry *next;
	const struct worker *owner;
	struct link_item item;
	int fd;			/* -1: a note */
};

static struct entry *entries;

/* The link that points to the entry, or to the end */
static struct entry **find(const uint8_t *token)
{
	struct entry **at = &entries;

	while (*at && memcmp((*at)->item.token, token, sizeof((*at)->item.token)))
		at = &(*at)->next;
	return at;
}

static bool has_room(const struct worker *owner, bool for_fd)
{
	unsigned of_one = 0, all = 0;

	for (const struct entry *entry = entries; entry; entry = entry->next) {
		if ((entry->fd >= 0) != for_fd)
			continue;
		of_one += entry->owner == owner;
		all++;
	}
	return for_fd ? of_one < MOST_FDS_OF_ONE && all < MOST_FDS :
			of_one < MOST_NOTES_OF_ONE && all < MOST_NOTES;
}

bool exchange_get(struct link_item *item, int *fd)
{
	const struct entry *entry = *find(item->token);

	*fd = entry ? entry->fd : -1;
	if (entry)
		*item = entry->item;
	return entry;
}

bool exchange_put(const struct worker *owner, const struct link_item *item, int fd)
{
	struct entry *entry;

	if (!has_room(owner, fd >= 0) || *find(item->token))
		return false;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return false;
	*entry = (struct entry){ entries, owner, *item, fd };
	entries = entry;
	return true;
}

static void remove_at(struct entry **at)
{
	struct entry *entry = *at;

	*at = entry->next;
	fd_close(&entry->fd);
	free(entry);
}

bool exchange_drop(const struct worker *owner, const uint8_t *token)
{
	struct entry **at = find(token);

	if (!*at || (*at)->owner != owner)
		return false;
	remove_at(at);
	return true;
}

void exchange_forget(const struct worker *owner)
{
	struct entry **at = &entries;

	while (*at) {
		if ((*at)->owner == owner)
			remove_at(at);
		else
			at = &(*at)->next;
	}
}
