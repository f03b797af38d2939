/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "qcu-device/common/virtqueue.h"

#define EVENT_IDX	(1ull << VIRTIO_RING_F_EVENT_IDX)
#define INDIRECT	(1ull << VIRTIO_RING_F_INDIRECT_DESC)

/* Fields that the guest writes while we look: one access each, no re-reads. */
#define shared_load(p)		__atomic_load_n(p, __ATOMIC_RELAXED)
#define shared_store(p, v)	__atomic_store_n(p, v, __ATOMIC_RELAXED)

/* After the entries of each ring comes one index: the event the other side waits for. */
static uint16_t *used_event(const struct virtqueue *vq)
{
	return &vq->avail->ring[vq->layout.num];
}

static uint16_t *avail_event(const struct virtqueue *vq)
{
	return (uint16_t *)&vq->used->ring[vq->layout.num];
}

bool virtqueue_remap(struct virtqueue *vq)
{
	const struct virtqueue_layout *l = &vq->layout;

	vq->desc = guest_memory_at(vq->memory, l->desc, sizeof(*vq->desc) * l->num);
	vq->avail = guest_memory_at(vq->memory, l->avail,
				    sizeof(*vq->avail) + sizeof(uint16_t) * (l->num + 1));
	vq->used = guest_memory_at(vq->memory, l->used,
				   sizeof(*vq->used) + sizeof(struct vring_used_elem) * l->num +
					   sizeof(uint16_t));
	if (!vq->desc || !vq->avail || !vq->used)
		vq->running = false;
	return vq->running;
}

int virtqueue_start(struct virtqueue *vq, const struct virtqueue_layout *layout,
		    const struct guest_memory *memory, struct virtqueue_state *state, int call)
{
	uint32_t num = layout->num;

	if (!num || num > VIRTQUEUE_MAX_SIZE || (num & (num - 1)))
		return -EINVAL;
	/* Virtio 1.3, 2.7: 16, 2 and 4; the accesses below rely on it. */
	if (layout->desc % 16 || layout->avail % 2 || layout->used % 4)
		return -EINVAL;
	*vq = (struct virtqueue){
		.layout = *layout,
		.memory = memory,
		.state = state,
		.call = call,
		.running = true,
	};
	return virtqueue_remap(vq) ? 0 : -EINVAL;
}

void virtqueue_stop(struct virtqueue *vq)
{
	vq->running = false;
}

void virtqueue_set_call(struct virtqueue *vq, int call)
{
	vq->call = call;
	if (vq->running && call >= 0)
		eventfd_write(call, 1);
}

void virtqueue_reset(struct virtqueue *vq, uint16_t base)
{
	memset(vq->state->out, 0, sizeof(vq->state->out));
	vq->state->last_avail = base;
	vq->state->used = shared_load(&vq->used->idx);
}

/* How many entries are there to take: more than a ring's worth is nonsense. */
static uint16_t available(const struct virtqueue *vq)
{
	/* Acquire at least: pairs with the driver's barrier between entry and
	 * index.  seq_cst for available_or_ask().
	 */
	uint16_t index = __atomic_load_n(&vq->avail->idx, __ATOMIC_SEQ_CST);

	return index - vq->state->last_avail;
}

bool virtqueue_pending(const struct virtqueue *vq)
{
	return vq->running && available(vq);
}

/* As available(), and if there is nothing, ask for a kick when there is. */
static uint16_t available_or_ask(struct virtqueue *vq)
{
	uint16_t n = available(vq);

	if (n || !(vq->layout.features & EVENT_IDX))
		return n;
	/* Dekker, seq_cst on both: the driver stores its index, then looks at our event. */
	__atomic_store_n(avail_event(vq), (uint16_t)vq->state->last_avail, __ATOMIC_SEQ_CST);
	return available(vq);
}

/* A table of descriptors: the queue's own, or an indirect one. */
struct table {
	const struct vring_desc *desc;
	uint32_t n;
};

/* Read entry @i once: the guest may be writing it. */
static struct vring_desc table_entry(const struct table *table, uint32_t i)
{
	const uint64_t *word = (const uint64_t *)&table->desc[i];
	uint64_t copy[2] = { shared_load(&word[0]), shared_load(&word[1]) };
	struct vring_desc desc;

	_Static_assert(sizeof(desc) == sizeof(copy), "two words");
	memcpy(&desc, copy, sizeof(desc));
	return desc;
}

/* Virtio 1.3, 2.7.5.3: the only descriptor of its chain, and not nested. */
static bool table_indirect(const struct virtqueue *vq, const struct vring_desc *desc,
			   struct table *table)
{
	if (!(vq->layout.features & INDIRECT) || (desc->flags & VRING_DESC_F_NEXT))
		return false;
	if (!desc->len || desc->len % sizeof(*desc) || desc->addr % _Alignof(uint64_t))
		return false;
	table->desc = guest_memory_at(vq->memory, desc->addr, desc->len);
	table->n = desc->len / sizeof(*desc);
	return table->desc;
}

static bool chain_append(struct virtqueue_chain *chain, const struct vring_desc *desc)
{
	unsigned n = chain->n_readable + chain->n_writable;

	if (n == VIRTQUEUE_MAX_SEGMENTS)
		return false;
	if (desc->flags & VRING_DESC_F_WRITE) {
		chain->n_writable++;
		chain->writable += desc->len;
	} else {
		/* Virtio 1.3, 2.7.4.2: what the device reads comes first. */
		if (chain->n_writable)
			return false;
		chain->n_readable++;
		chain->readable += desc->len;
	}
	chain->segment[n] = (struct virtqueue_segment){ desc->addr, desc->len };
	return true;
}

int virtqueue_reread(const struct virtqueue *vq, uint16_t head, struct virtqueue_chain *chain)
{
	struct table table = { vq->desc, vq->layout.num };
	struct vring_desc desc;
	uint32_t i = head;

	chain->head = head;
	chain->n_readable = chain->n_writable = 0;
	chain->readable = chain->writable = 0;
	desc = table_entry(&table, i);
	if (desc.flags & VRING_DESC_F_INDIRECT) {
		if (!table_indirect(vq, &desc, &table))
			return -EPROTO;
		desc = table_entry(&table, 0);
	}
	/* chain_append() refuses a 65th segment, so that a loop ends here too. */
	for (;;) {
		if ((desc.flags & VRING_DESC_F_INDIRECT) || !chain_append(chain, &desc))
			return -EPROTO;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			return 0;
		i = desc.next;
		if (i >= table.n)
			return -EPROTO;
		desc = table_entry(&table, i);
	}
}

int virtqueue_pop(struct virtqueue *vq, struct virtqueue_chain *chain)
{
	struct virtqueue_state *state = vq->state;
	uint16_t n, head;

	if (!vq->running)
		return 0;
	n = available_or_ask(vq);
	if (!n)
		return 0;
	if (n > vq->layout.num)
		return -EPROTO;
	head = shared_load(&vq->avail->ring[state->last_avail % vq->layout.num]);
	if (head >= vq->layout.num || state->out[head])
		return -EPROTO;
	if (virtqueue_reread(vq, head, chain))
		return -EPROTO;
	/* Killed between these two, we would take the head a second time;
	 * virtqueue_recover() knows it by its being out already.
	 */
	state->out[head] = 1;
	state->last_avail++;
	return 1;
}

bool virtqueue_read(const struct virtqueue *vq, const struct virtqueue_chain *chain, void *data,
		    size_t size)
{
	const struct virtqueue_segment *segment = chain->segment;

	if (size > chain->readable)
		return false;
	while (size) {
		size_t run = size < segment->length ? size : segment->length;

		if (!guest_memory_read(vq->memory, segment->gpa, data, run))
			return false;
		data = (uint8_t *)data + run;
		size -= run;
		segment++;
	}
	return true;
}

bool virtqueue_write(const struct virtqueue *vq, const struct virtqueue_chain *chain,
		     const void *data, size_t size)
{
	const struct virtqueue_segment *segment = chain->segment + chain->n_readable;

	if (size > chain->writable)
		return false;
	while (size) {
		size_t run = size < segment->length ? size : segment->length;

		if (!guest_memory_write(vq->memory, segment->gpa, data, run))
			return false;
		data = (const uint8_t *)data + run;
		size -= run;
		segment++;
	}
	return true;
}

void virtqueue_push(struct virtqueue *vq, uint16_t head, uint32_t written)
{
	struct virtqueue_state *state = vq->state;
	struct vring_used_elem *entry = &vq->used->ring[state->used % vq->layout.num];
	uint16_t next = state->used + 1;

	shared_store(&entry->id, head);
	shared_store(&entry->len, written);
	state->last_head = head;
	/* Release at least: the entry and the buffer are whole before the index
	 * says so.  seq_cst for guest_wants_interrupt().
	 */
	__atomic_store_n(&vq->used->idx, next, __ATOMIC_SEQ_CST);
	state->out[head] = 0;
	state->used = next;
}

static bool guest_wants_interrupt(struct virtqueue *vq)
{
	uint16_t now = vq->state->used, before = vq->signalled;
	bool known = vq->signalled_known;

	vq->signalled = now;
	vq->signalled_known = true;
	if (known && before == now)
		return false;
	/* Dekker: the driver stores its event (or flag), then looks at our index. */
	if (!(vq->layout.features & EVENT_IDX))
		return !(__atomic_load_n(&vq->avail->flags, __ATOMIC_SEQ_CST) &
			 VRING_AVAIL_F_NO_INTERRUPT);
	return !known ||
	       vring_need_event(__atomic_load_n(used_event(vq), __ATOMIC_SEQ_CST), now, before);
}

void virtqueue_notify(struct virtqueue *vq)
{
	if (vq->running && guest_wants_interrupt(vq) && vq->call >= 0)
		eventfd_write(vq->call, 1);
}

void virtqueue_recover(struct virtqueue *vq)
{
	struct virtqueue_state *state = vq->state;
	uint16_t next = state->used + 1;
	uint16_t num = vq->layout.num;

	/* Killed in virtqueue_push() after the index was published */
	if (shared_load(&vq->used->idx) == next) {
		state->out[state->last_head % num] = 0;
		state->used = next;
	}
	/* Killed in virtqueue_pop() between its two stores */
	if (available(vq)) {
		uint16_t head = shared_load(&vq->avail->ring[state->last_avail % num]);

		if (head < num && state->out[head])
			state->last_avail++;
	}
}
