/* SPDX-License-Identifier: MIT */
/*
 * device_virtqueue.c - the split ring: what a good driver does, and what a bad one does
 */
/* links: qcu-device/common/guest_memory.c qcu-device/common/virtqueue.c */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-device/common/virtqueue.h"
#include "tests/unit/double/daemon.h"

#define NUM	8u
#define BYTES	(1u << 16)
#define GPA	0x100000ull	/* of the guest's memory */
#define DESC	GPA
#define AVAIL	(GPA + 0x1000)
#define USED	(GPA + 0x2000)
#define TABLE	(GPA + 0x3000)	/* an indirect one */
#define DATA	(GPA + 0x4000)

#define F_INDIRECT	(1ull << VIRTIO_RING_F_INDIRECT_DESC)
#define F_EVENT_IDX	(1ull << VIRTIO_RING_F_EVENT_IDX)

static struct guest_memory memory;
static struct virtqueue_state state;
static struct virtqueue vq;
static struct virtqueue_chain chain;
static int call;

static void *at(uint64_t gpa)
{
	return guest_memory_at(&memory, gpa, 1);
}

static struct vring_desc *desc(void)
{
	return at(DESC);
}

static struct vring_avail *avail(void)
{
	return at(AVAIL);
}

static struct vring_used *used(void)
{
	return at(USED);
}

static void begin(uint64_t features)
{
	const struct virtqueue_layout layout = { NUM, 0, features, DESC, AVAIL, USED };

	memset(at(GPA), 0, BYTES);
	memset(&state, 0, sizeof(state));
	CHECK(!virtqueue_start(&vq, &layout, &memory, &state, call));
}

static void post(uint16_t head)
{
	avail()->ring[avail()->idx % NUM] = head;
	avail()->idx++;
}

static int interrupts(void)
{
	eventfd_t count = 0;

	eventfd_read(call, &count);
	return count;
}

static void layouts_are_checked(void)
{
	const struct virtqueue_layout good = { NUM, 0, 0, DESC, AVAIL, USED };
	struct virtqueue_layout bad[9];

	for (int i = 0; i < 9; i++)
		bad[i] = good;
	bad[0].num = 0;
	bad[1].num = 3;
	bad[2].num = 2 * VIRTQUEUE_MAX_SIZE;
	bad[3].desc += 8;
	bad[4].avail += 1;
	bad[5].used += 2;
	bad[6].desc = 0;
	bad[7].avail = UINT64_MAX - 1;
	bad[8].used = GPA + BYTES - 4;
	for (int i = 0; i < 9; i++)
		CHECK(virtqueue_start(&vq, &bad[i], &memory, &state, -1) == -EINVAL);
	CHECK(!virtqueue_start(&vq, &good, &memory, &state, -1));
}

static void a_chain_goes_there_and_back(void)
{
	char text[8] = "";

	begin(0);
	memcpy(at(DATA), "hello", 6);
	desc()[3] = (struct vring_desc){ DATA, 2, VRING_DESC_F_NEXT, 5 };
	desc()[5] = (struct vring_desc){ DATA + 2, 4, VRING_DESC_F_NEXT, 0 };
	desc()[0] = (struct vring_desc){ DATA + 64, 3, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1 };
	desc()[1] = (struct vring_desc){ DATA + 128, 5, VRING_DESC_F_WRITE, 0 };
	CHECK(!virtqueue_pending(&vq) && virtqueue_pop(&vq, &chain) == 0);
	post(3);
	CHECK(virtqueue_pending(&vq) && virtqueue_pop(&vq, &chain) == 1);
	CHECK(chain.head == 3 && chain.readable == 6 && chain.writable == 8);
	CHECK(virtqueue_read(&vq, &chain, text, 6) && !strcmp(text, "hello"));
	CHECK(!virtqueue_read(&vq, &chain, text, 7));
	CHECK(virtqueue_write(&vq, &chain, "abcdefgh", 8));
	CHECK(!virtqueue_write(&vq, &chain, "abcdefghi", 9));
	CHECK(!memcmp(at(DATA + 64), "abc", 4) && !memcmp(at(DATA + 128), "defgh", 6));
	virtqueue_push(&vq, 3, 8);
	CHECK(used()->idx == 1 && used()->ring[0].id == 3 && used()->ring[0].len == 8);
	CHECK(virtqueue_pop(&vq, &chain) == 0);
}

static void the_indices_wrap(void)
{
	begin(0);
	avail()->idx = used()->idx = 65530;
	virtqueue_reset(&vq, 65530);
	desc()[2] = (struct vring_desc){ DATA, 4, 0, 0 };
	for (int i = 0; i < 20; i++) {
		post(2);
		CHECK(virtqueue_pop(&vq, &chain) == 1);
		virtqueue_push(&vq, 2, 0);
		CHECK(used()->idx == (uint16_t)(65531 + i));
	}
}

static void interrupts_are_asked_for(void)
{
	begin(0);
	desc()[0] = (struct vring_desc){ DATA, 4, 0, 0 };
	for (int i = 0; i < 4; i++) {
		avail()->flags = i & 1 ? VRING_AVAIL_F_NO_INTERRUPT : 0;
		post(0);
		CHECK(virtqueue_pop(&vq, &chain) == 1);
		virtqueue_push(&vq, 0, 0);
		virtqueue_notify(&vq);
		virtqueue_notify(&vq); /* nothing new: none */
		CHECK(interrupts() == !(i & 1));
	}
	begin(F_EVENT_IDX);
	desc()[0] = (struct vring_desc){ DATA, 4, 0, 0 };
	for (int i = 0; i < 6; i++) {
		uint16_t *used_event = &avail()->ring[NUM];
		const uint16_t *avail_event = (uint16_t *)&used()->ring[NUM];

		*used_event = 3; /* when the fourth has been used */
		post(0);
		CHECK(virtqueue_pop(&vq, &chain) == 1 && virtqueue_pop(&vq, &chain) == 0);
		CHECK(*avail_event == i + 1);
		virtqueue_push(&vq, 0, 0);
		virtqueue_notify(&vq);
		/* The first time the other side's wish is not known. */
		CHECK(interrupts() == (i == 3 || i == 0));
	}
	virtqueue_set_call(&vq, call);
	CHECK(interrupts() == 1);
}

static void indirect(uint32_t entries, uint32_t bytes)
{
	struct vring_desc *table = at(TABLE);

	desc()[0] = (struct vring_desc){ TABLE, bytes, VRING_DESC_F_INDIRECT, 0 };
	for (uint32_t i = 0; i < entries; i++)
		table[i] = (struct vring_desc){ DATA + i, 1, VRING_DESC_F_NEXT, i + 1 };
	table[entries - 1].flags = VRING_DESC_F_WRITE;
	post(0);
}

static void indirect_tables_work(void)
{
	begin(F_INDIRECT);
	indirect(VIRTQUEUE_MAX_SEGMENTS, 16 * VIRTQUEUE_MAX_SEGMENTS);
	CHECK(virtqueue_pop(&vq, &chain) == 1);
	CHECK(chain.readable == VIRTQUEUE_MAX_SEGMENTS - 1 && chain.writable == 1);
}

/* Each spoils a ring that is good otherwise. */
static void spoil_avail_index(void)
{
	avail()->idx = NUM + 1;
}

static void spoil_head(void)
{
	avail()->ring[0] = NUM;
}

static void spoil_next(void)
{
	desc()[0] = (struct vring_desc){ DATA, 4, VRING_DESC_F_NEXT, NUM };
}

static void spoil_loop(void)
{
	desc()[0] = (struct vring_desc){ DATA, 4, VRING_DESC_F_NEXT, 1 };
	desc()[1] = (struct vring_desc){ DATA, 4, VRING_DESC_F_NEXT, 0 };
}

static void spoil_order(void)
{
	desc()[0] = (struct vring_desc){ DATA, 4, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 1 };
	desc()[1] = (struct vring_desc){ DATA, 4, 0, 0 };
}

static void spoil_nested(void)
{
	struct vring_desc *table = at(TABLE);

	desc()[0] = (struct vring_desc){ TABLE, 16, VRING_DESC_F_INDIRECT, 0 };
	table[0] = (struct vring_desc){ TABLE, 16, VRING_DESC_F_INDIRECT, 0 };
}

static void spoil_indirect_length(void)
{
	desc()[0] = (struct vring_desc){ TABLE, 17, VRING_DESC_F_INDIRECT, 0 };
}

static void spoil_indirect_empty(void)
{
	desc()[0] = (struct vring_desc){ TABLE, 0, VRING_DESC_F_INDIRECT, 0 };
}

static void spoil_indirect_place(void)
{
	desc()[0] = (struct vring_desc){ GPA + BYTES - 16, 32, VRING_DESC_F_INDIRECT, 0 };
}

static void spoil_indirect_next(void)
{
	desc()[0] = (struct vring_desc){ TABLE, 32, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1 };
}

static void spoil_indirect_end(void)
{
	struct vring_desc *table = at(TABLE);

	desc()[0] = (struct vring_desc){ TABLE, 16, VRING_DESC_F_INDIRECT, 0 };
	table[0] = (struct vring_desc){ DATA, 4, VRING_DESC_F_NEXT, 1 };
}

static void spoil_indirect_many(void)
{
	avail()->idx--;
	indirect(VIRTQUEUE_MAX_SEGMENTS + 1, 16 * (VIRTQUEUE_MAX_SEGMENTS + 1));
}

static void bad_rings_are_refused(void)
{
	void (*const spoils[])(void) = {
		spoil_avail_index, spoil_head,		 spoil_next,
		spoil_loop,	   spoil_order,		 spoil_nested,
		spoil_indirect_length, spoil_indirect_empty, spoil_indirect_place,
		spoil_indirect_next,   spoil_indirect_end,	 spoil_indirect_many,
	};

	for (size_t i = 0; i < sizeof(spoils) / sizeof(*spoils); i++) {
		begin(F_INDIRECT);
		desc()[0] = (struct vring_desc){ DATA, 4, 0, 0 };
		post(0);
		spoils[i]();
		if (virtqueue_pop(&vq, &chain) != -EPROTO) {
			printf("spoil %zu is not refused\n", i);
			exit(1);
		}
	}
	/* Indirect, but not negotiated */
	begin(0);
	indirect(1, 16);
	CHECK(virtqueue_pop(&vq, &chain) == -EPROTO);
	/* The same head twice */
	begin(0);
	desc()[0] = (struct vring_desc){ DATA, 4, 0, 0 };
	post(0);
	post(0);
	CHECK(virtqueue_pop(&vq, &chain) == 1 && virtqueue_pop(&vq, &chain) == -EPROTO);
}

/* Addresses are looked up at each access, not when the chain is taken. */
static void data_outside_memory_is_not_touched(void)
{
	char byte;

	begin(0);
	desc()[0] = (struct vring_desc){ GPA + BYTES - 1, 2, VRING_DESC_F_NEXT, 1 };
	desc()[1] = (struct vring_desc){ UINT64_MAX, UINT32_MAX, VRING_DESC_F_WRITE, 0 };
	post(0);
	CHECK(virtqueue_pop(&vq, &chain) == 1);
	CHECK(virtqueue_read(&vq, &chain, &byte, 1));
	CHECK(!virtqueue_read(&vq, &chain, (char[2]){ 0 }, 2));
	CHECK(!virtqueue_write(&vq, &chain, &byte, 1));
}

/* The server was killed at the worst moments; the next one mends it. */
static void a_killed_server_is_mended(void)
{
	begin(0);
	desc()[4] = (struct vring_desc){ DATA, 4, 0, 0 };
	desc()[6] = (struct vring_desc){ DATA, 4, 0, 0 };
	post(4);
	post(6);
	/* between "out" and "last_avail" of virtqueue_pop() */
	CHECK(virtqueue_pop(&vq, &chain) == 1);
	state.last_avail--;
	virtqueue_recover(&vq);
	CHECK(state.last_avail == 1 && state.out[4]);
	CHECK(virtqueue_pop(&vq, &chain) == 1 && chain.head == 6);
	/* after the index and before "out" of virtqueue_push() */
	virtqueue_push(&vq, 6, 0);
	state.out[6] = 1;
	state.used--;
	virtqueue_recover(&vq);
	CHECK(state.used == 1 && !state.out[6] && state.out[4]);
	/* before the index: the entry is written again */
	used()->ring[1].id = 4;
	virtqueue_recover(&vq);
	CHECK(state.out[4] && state.used == 1);
	virtqueue_push(&vq, 4, 0);
	CHECK(used()->idx == 2 && used()->ring[1].id == 4);
	/* A worker that was taken over writes what it likes. */
	memset((void *)&state, 0xff, sizeof(state));
	virtqueue_recover(&vq);
	CHECK(virtqueue_pop(&vq, &chain) <= 0);
	virtqueue_push(&vq, 4, 0);
}

int main(void)
{
	struct guest_range range = { .gpa = GPA, .size = BYTES };

	range.fd = memfd_create("guest", MFD_CLOEXEC);
	CHECK(range.fd >= 0 && !ftruncate(range.fd, BYTES));
	CHECK(!guest_memory_add(&memory, &range));
	call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	layouts_are_checked();
	a_chain_goes_there_and_back();
	the_indices_wrap();
	interrupts_are_asked_for();
	indirect_tables_work();
	bad_rings_are_refused();
	data_outside_memory_is_not_touched();
	a_killed_server_is_mended();
	return 0;
}
