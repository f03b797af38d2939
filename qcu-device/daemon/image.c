/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-device/common/link.h"
#include "qcu-device/common/log.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/image.h"
#include "qcu-device/daemon/loop.h"
#include "wire/digest.h"

#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define MOST_WAITING	8	/* to be hashed */
#define MOST_FILES	256	/* kept */

/**
 * struct image
 * @from: who has left it, while that lives
 * @values: of its grains, while it is hashed
 * @good: it could be hashed
 */
struct image {
	struct image *next;
	const struct worker *from;
	int fd;
	struct link_image name;
	struct wire_digest *values;
	bool good;
};

/* The main thread's */
static struct image *kept;	/* used last first */
static uint64_t most, held;	/* room; what is being hashed counts */
static unsigned n_waiting;
static struct image *waiting[MOST_WAITING];
static bool started;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards these two */
static struct image *offered, *hashed;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static struct loop_source news;	/* an eventfd: there are hashed ones */

/* What an image takes of the room: its bytes, and its share of the files that may be open */
static uint64_t room_of(uint64_t bytes)
{
	uint64_t share = most / MOST_FILES;

	return bytes > share ? bytes : share;
}

static void image_free(struct image *image)
{
	held -= room_of(image->name.bytes);
	fd_close(&image->fd);
	free(image->values);
	free(image);
}

/* -- the thread that hashes -- */

static bool read_all(int fd, uint8_t *to, size_t bytes, uint64_t at)
{
	while (bytes) {
		ssize_t n = pread(fd, to, bytes, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		at += n;
		bytes -= n;
	}
	return true;
}

static bool image_hash(struct image *image)
{
	static const uint8_t zeroes[LINK_IMAGE_TAIL];
	static uint8_t grain[DIGEST_GRAIN];
	uint64_t bytes = image->name.bytes;
	size_t n = digest_grains(bytes);

	for (size_t i = 0; i < n; i++) {
		uint64_t at = i * DIGEST_GRAIN;
		size_t now = bytes - at < DIGEST_GRAIN ? bytes - at : DIGEST_GRAIN;

		if (!read_all(image->fd, grain, now, at))
			return false;
		digest_grain(&image->values[i], grain, now, i);
	}
	digest_finish(&image->name.digest, image->values, n);
	return read_all(image->fd, grain, LINK_IMAGE_TAIL, bytes) &&
	       !memcmp(grain, zeroes, LINK_IMAGE_TAIL);
}

static void *hash_for_ever(void *unused)
{
	struct image *image;

	for (;;) {
		pthread_mutex_lock(&lock);
		while (!offered)
			pthread_cond_wait(&arrived, &lock);
		image = offered;
		offered = image->next;
		pthread_mutex_unlock(&lock);
		image->good = image_hash(image);
		pthread_mutex_lock(&lock);
		image->next = hashed;
		hashed = image;
		pthread_mutex_unlock(&lock);
		eventfd_write(news.fd, 1);
	}
	return NULL;
}

static bool start(void)
{
	sigset_t all, before;
	pthread_t thread;

	if (started)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = !pthread_create(&thread, NULL, hash_for_ever, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (started)
		pthread_detach(thread);
	return started;
}

/* -- the main thread -- */

/* The link that points to the image of this name, or to the end */
static struct image **find(const struct link_image *name)
{
	struct image **at = &kept;

	while (*at && ((*at)->name.bytes != name->bytes ||
		       memcmp(&(*at)->name.digest, &name->digest, sizeof(name->digest))))
		at = &(*at)->next;
	return at;
}

static struct image *unlink_at(struct image **at)
{
	struct image *image = *at;

	*at = image->next;
	return image;
}

static void put_first(struct image *image)
{
	image->next = kept;
	kept = image;
}

static void wait_over(struct image *image)
{
	unsigned i = 0;

	while (waiting[i] != image)
		i++;
	waiting[i] = waiting[--n_waiting];
}

static void file(struct image *image)
{
	wait_over(image);
	free(image->values);
	image->values = NULL;
	if (!image->good || *find(&image->name)) {
		image_free(image);
		return;
	}
	put_first(image);
	log_debug("keeps an image of %llu bytes", (unsigned long long)image->name.bytes);
}

static void news_ready(struct loop_source *source, uint32_t events)
{
	struct image *list, *image;
	eventfd_t count;

	if (eventfd_read(source->fd, &count))
		return;
	pthread_mutex_lock(&lock);
	list = hashed;
	hashed = NULL;
	pthread_mutex_unlock(&lock);
	while (list) {
		image = list;
		list = image->next;
		file(image);
	}
}

/* Drive out the image that was used longest ago, of those @from has left or of all; false: none */
static bool drive_out(const struct worker *from)
{
	struct image **last = NULL;

	for (struct image **at = &kept; *at; at = &(*at)->next)
		if (!from || (*at)->from == from)
			last = at;
	if (last)
		image_free(unlink_at(last));
	return last;
}

static uint64_t held_from(const struct worker *from)
{
	uint64_t room = 0;

	for (const struct image *image = kept; image; image = image->next)
		room += image->from == from ? room_of(image->name.bytes) : 0;
	for (unsigned i = 0; i < n_waiting; i++)
		room += waiting[i]->from == from ? room_of(waiting[i]->name.bytes) : 0;
	return room;
}

/* One process has half of the room at most. */
bool image_wanted(uint64_t bytes)
{
	return bytes <= most / 2;
}

/* Drive out images until there is room for @bytes @from a worker; false: there is none. */
static bool make_room(const struct worker *from, uint64_t bytes)
{
	uint64_t room = room_of(bytes);

	if (!image_wanted(bytes))
		return false;
	while (held_from(from) > most / 2 - room)
		if (!drive_out(from))
			return false;
	while (held > most - room)
		if (!drive_out(NULL))
			return false;
	return true;
}

/* Bytes of the image in a file that can never change; 0 if it is none */
static uint64_t sealed_bytes(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat stat;

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &stat) ||
	    stat.st_size < (off_t)(WIRE_IMAGE_SMALL + LINK_IMAGE_TAIL))
		return 0;
	return stat.st_size - LINK_IMAGE_TAIL;
}

static struct image *image_new(const struct worker *from, int fd, uint64_t bytes)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->values = calloc(digest_grains(bytes), sizeof(*image->values));
	if (!image->values) {
		free(image);
		return NULL;
	}
	image->from = from;
	image->fd = fd;
	image->name.bytes = bytes;
	held += room_of(bytes);
	waiting[n_waiting++] = image;
	return image;
}

void image_offer(const struct worker *from, int fd)
{
	uint64_t bytes = sealed_bytes(fd);
	struct image *image = NULL, **end;

	if (bytes && n_waiting < MOST_WAITING && make_room(from, bytes) && start())
		image = image_new(from, fd, bytes);
	if (!image) {
		fd_close(&fd);
		return;
	}
	pthread_mutex_lock(&lock);
	for (end = &offered; *end; end = &(*end)->next)
		;
	*end = image;
	pthread_cond_signal(&arrived);
	pthread_mutex_unlock(&lock);
}

void image_forget(const struct worker *from)
{
	for (struct image *image = kept; image; image = image->next)
		if (image->from == from)
			image->from = NULL;
	for (unsigned i = 0; i < n_waiting; i++)
		if (waiting[i]->from == from)
			waiting[i]->from = NULL;
}

bool image_known(uint64_t bytes)
{
	for (const struct image *image = kept; image; image = image->next)
		if (image->name.bytes == bytes)
			return true;
	return false;
}

int image_get(const struct link_image *name)
{
	struct image **at = find(name);

	if (!*at)
		return -1;
	put_first(unlink_at(at));
	return kept->fd;
}

void image_init(uint64_t bytes)
{
	most = bytes;
	news.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	news.ready = news_ready;
	if (news.fd < 0 || loop_add(&news))
		die("eventfd: %m");
}
