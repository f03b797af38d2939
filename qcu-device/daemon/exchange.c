/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/common/link.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/exchange.h"

/* Each is a descriptor of the daemon's, which needs its own for other things */
#define MOST_OF_ONE	64
#define MOST		512

struct entry {
	struct entry *next;
	const struct worker *owner;
	uint8_t token[LINK_TOKEN];
	int fd;
};

static struct entry *entries;
static unsigned n_entries;

static unsigned count_of(const struct worker *owner)
{
	unsigned n = 0;

	for (const struct entry *entry = entries; entry; entry = entry->next)
		n += entry->owner == owner;
	return n;
}

int exchange_get(const uint8_t *token)
{
	for (const struct entry *entry = entries; entry; entry = entry->next)
		if (!memcmp(entry->token, token, sizeof(entry->token)))
			return entry->fd;
	return -1;
}

bool exchange_put(const struct worker *owner, const uint8_t *token, int fd)
{
	struct entry *entry;

	if (n_entries >= MOST || count_of(owner) >= MOST_OF_ONE || exchange_get(token) >= 0)
		return false;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return false;
	entry->owner = owner;
	memcpy(entry->token, token, sizeof(entry->token));
	entry->fd = fd;
	entry->next = entries;
	entries = entry;
	n_entries++;
	return true;
}

void exchange_forget(const struct worker *owner)
{
	struct entry **at = &entries;

	while (*at) {
		struct entry *entry = *at;

		if (entry->owner != owner) {
			at = &entry->next;
			continue;
		}
		*at = entry->next;
		fd_close(&entry->fd);
		free(entry);
		n_entries--;
	}
}
