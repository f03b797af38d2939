/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Each row of calls.def is a function that makes the arguments of that call: the values first,
 * for the counts of the arrays are among them.  What the host gives and what the guest
 * has named is kept, so that a later call may be about it: a few of each kind, the last that came.
 */
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/unit/double/made_up.h"
#include "wire/cuda_api.h"
#include "wire/handle.h"
#include "wire/map.h"
#include "wire/payload.h"

#define LIVING	8	/* that are known of each kind */

const char made_up_ptx[MADE_UP_PTX] =
	".version 7.0\n.target sm_60\n.address_size 64\n"
	".visible .global .align 8 .u64 counter[8];\n.visible .global .texref image;\n"
	".visible .entry nothing()\n{\n	ret;\n}\n"
	".visible .entry some(.param .u64 p, .param .u32 n)\n{\n"
	"	.reg .b64 %rd<2>;\n	mov.u64 %rd1, counter;\n"
	"	st.global.u64 [%rd1], 1;\n	ret;\n}\n";

static _Atomic uint64_t living[KIND_END][LIVING];
static _Atomic uint64_t addresses[LIVING];
static _Atomic uint32_t next_index = 1;

static uint32_t below(struct made_up *made, uint32_t n)
{
	made->seed = made->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((made->seed >> 33) % n);
}

static uint64_t random_word(struct made_up *made)
{
	return (uint64_t)below(made, INT_MAX) << 33 | (uint64_t)below(made, INT_MAX) << 2;
}

uint64_t made_up_name(enum handle_kind kind)
{
	return handle_make(kind, 1, next_index++);
}

/* Of an object there is, perhaps */
static uint64_t name_of(struct made_up *made, enum handle_kind kind)
{
	uint64_t name = living[kind][below(made, LIVING)];

	switch (below(made, 40)) {
	case 0:
		return below(made, 4);
	case 1:
		return name ^ 1ull << below(made, 64);
	default:
		return name;
	}
}

static uint64_t some_address(struct made_up *made)
{
	uint64_t address = addresses[below(made, LIVING)];

	return below(made, 4) ? address : address + 8 * below(made, 512);
}

static uint64_t some_number(struct made_up *made, size_t bytes)
{
	static const uint32_t usual[] = { 0, 0, 1, 1, 1, 2, 2, 3, 4, 8, 16, 64, 100, 4096,
					  65536, 2 << 20 };
	static const uint64_t unusual[] = { -1, INT_MAX, INT_MIN, UINT_MAX, INT64_MAX, 1ull << 40 };

	switch (below(made, 24)) {
	case 0:
		return unusual[below(made, 6)];
	case 1:
		return random_word(made);
	case 2:
		return below(made, 300);
	}
	if (bytes == sizeof(uint64_t) && !below(made, 3))
		return below(made, 8) ? some_address(made) :
					 name_of(made, KIND_CUcontext + below(made, 16));
	return usual[below(made, 16)];
}

static void some_span(struct made_up *made, struct wire_span *span)
{
	*span = (struct wire_span){ .region = below(made, MADE_UP_REGIONS + 1), .flags = below(made, 16),
				    .offset = 64 * below(made, 16),
				    .bytes = some_number(made, 4) };
	if (!below(made, 4))
		span->bytes = 4096ull * below(made, 256);
}

static void some_operand(struct made_up *made, struct wire_operand *operand)
{
	*operand = (struct wire_operand){ .place = below(made, 6), .region = below(made, MADE_UP_REGIONS),
					  .array = name_of(made, KIND_CUarray),
					  .x_bytes = below(made, 3), .y = below(made, 2),
					  .pitch = some_number(made, 4),
					  .height = some_number(made, 4) };
	operand->address = operand->place == WIRE_PLACE_DEVICE ? some_address(made) :
								 some_number(made, 4);
}

static void some_copy3d(struct made_up *made, struct wire_copy3d *copy)
{
	some_operand(made, &copy->src);
	some_operand(made, &copy->dst);
	copy->width_bytes = some_number(made, 4);
	copy->height = below(made, 4);
	copy->depth = below(made, 3);
}

/* The one that regions begin with; the large one has zeroes behind it */
static uint64_t some_image_bytes(struct made_up *made)
{
	return below(made, 4) ? MADE_UP_PTX : WIRE_IMAGE_SMALL + MADE_UP_PTX;
}

static void some_image(struct made_up *made, struct wire_image *image)
{
	*image = (struct wire_image){ .kind = 1 + below(made, 2),
				      .bytes = some_image_bytes(made) };
	if (below(made, 2)) {
		image->kind |= WIRE_IMAGE_SENT;
		image->region = below(made, 4);
	} else if (!below(made, 4)) {
		image->offset = some_number(made, 8);
	}
	if (!below(made, 16))
		image->bytes = some_number(made, 8);
}

static void some_piece(struct made_up *made, struct wire_piece *piece)
{
	*piece = (struct wire_piece){ .bytes = some_image_bytes(made) };
	if (!below(made, 8))
		*piece = (struct wire_piece){ 8 * below(made, 64), some_number(made, 8) };
}

static void some_upload(struct made_up *made, struct wire_upload *upload)
{
	*upload = (struct wire_upload){ .id = below(made, 4), .bytes = some_image_bytes(made) };
}

/* Few blocks, for they are run */
static void some_launch(struct made_up *made, struct wire_launch *launch)
{
	for (int i = 0; i < 3; i++) {
		launch->grid[i] = below(made, 20) ? 1 : below(made, 3);
		launch->block[i] = below(made, 20) ? 1 : below(made, 33);
	}
	launch->dynamic_shared = below(made, 20) ? 0 : (uint32_t)some_number(made, 4);
	launch->flags = !below(made, 8);
}

/* Structures that the host has given, and that nobody could make up */
static const char *const given_types[] = { "struct wire_token", "struct wire_dev_resource",
					   "struct wire_tensor_map", "CUDA_ARRAY3D_DESCRIPTOR" };
#define N_GIVEN		(sizeof(given_types) / sizeof(given_types[0]))
static pthread_mutex_t given_lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t given[N_GIVEN][LIVING][256];

static int given_type(const char *type)
{
	for (size_t i = 0; i < N_GIVEN; i++)
		if (!strcmp(type, given_types[i]))
			return i;
	return -1;
}

static void give(struct made_up *made, int type, void *at, size_t bytes)
{
	pthread_mutex_lock(&given_lock);
	memcpy(at, given[type][below(made, LIVING)], bytes);
	pthread_mutex_unlock(&given_lock);
}

static void keep_given(struct made_up *made, int type, const void *at, size_t bytes)
{
	pthread_mutex_lock(&given_lock);
	memcpy(given[type][below(made, LIVING)], at, bytes < 256 ? bytes : 256);
	pthread_mutex_unlock(&given_lock);
}

/* What is 0 or 1 nearly always: devices, counts of what is in one piece, types of handles */
static bool is_small(const char *type, const char *name)
{
	static const char *const names[] = { "n_pieces", "numDependencies", "n_options",
					     "handle_types", "usage", "max_size", "flags",
					     "Flags", "type", "attrib", "attr", "mode", "roots",
					     "with_data", "first", "lent_graph", "option", "offset" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return !strcmp(type, "CUdevice");
}

static uint64_t small(struct made_up *made, const char *type, const char *name)
{
	if (!strcmp(type, "CUdevice"))
		return !below(made, 20);
	return !strcmp(name, "n_pieces") ? below(made, 20) > 0 : below(made, 3);
}

static void some_array(struct made_up *made, CUDA_ARRAY3D_DESCRIPTOR *array)
{
	*array = (CUDA_ARRAY3D_DESCRIPTOR){ 1 + below(made, 8), below(made, 8), below(made, 4),
					    1 << below(made, 6), 1 << below(made, 3),
					    below(made, 3) ? 0 : below(made, 256) };
}

static void make_up(struct made_up *made, const char *type, const char *name, void *at, size_t bytes)
{
	uint8_t *to = at;
	uint64_t word;

	if (given_type(type) >= 0 && below(made, 4)) {
		give(made, given_type(type), at, bytes);
		return;
	}
	if (!strcmp(type, "CUDA_ARRAY3D_DESCRIPTOR") && below(made, 8)) {
		some_array(made, at);
		return;
	}
	if (is_small(type, name) && below(made, 16)) {
		word = small(made, type, name);
		memcpy(at, &word, bytes < sizeof(word) ? bytes : sizeof(word));
		return;
	}
	if (!strcmp(type, "struct wire_span")) {
		some_span(made, at);
	} else if (!strcmp(type, "struct wire_copy3d")) {
		some_copy3d(made, at);
	} else if (!strcmp(type, "struct wire_image")) {
		some_image(made, at);
	} else if (!strcmp(type, "struct wire_launch")) {
		some_launch(made, at);
	} else if (!strcmp(type, "struct wire_piece")) {
		some_piece(made, at);
	} else if (!strcmp(type, "struct wire_upload")) {
		some_upload(made, at);
	} else if (!strcmp(name, "lent") || !strcmp(name, "lent_graph")) {
		word = made_up_name(below(made, 3) ? KIND_CUgraphNode : KIND_CUgraph);
		memcpy(at, &word, sizeof(word));
	} else {
		for (size_t n; bytes; bytes -= n, to += n) {
			n = bytes == 4 || (bytes >= 4 && below(made, 2)) ? 4 :
			    bytes < 8 ? bytes : 8;
			word = some_number(made, n);
			memcpy(to, &word, n);
		}
	}
}

/* -- a command: the values first, for the counts are among them -- */

/* Room in the arena for an argument, NULL if it is more than a guest would send */
static void *room(struct made_up *made, size_t bytes, int i)
{
	uint8_t *at = made->arena + made->used;

	if (bytes > MADE_UP_ARENA - made->used) {
		made->fits = false;
		return NULL;
	}
	made->used += (bytes + 15) & ~(size_t)15;
	made->argv[i] = (struct arg){ at, bytes };
	return at;
}

static void put(struct made_up *made, const void *data, size_t bytes, int i)
{
	void *at = room(made, bytes, i);

	if (at)
		memcpy(at, data, bytes);
}

static void put_none(struct made_up *made, int i)
{
	made->argv[i] = (struct arg){ NULL, ARG_NONE };
}

/* An array of @n elements of @size bytes; few are NULL */
static void put_array(struct made_up *made, const char *type, const char *name, size_t n,
		      size_t size, int i)
{
	uint8_t *at;

	if (!below(made, 30) || n > MADE_UP_ARENA) {
		put_none(made, i);
		made->fits &= n <= MADE_UP_ARENA;
		return;
	}
	at = room(made, n * size, i);
	for (size_t done = 0; at && done < n; done++)
		make_up(made, type, name, at + done * size, size);
}

static void put_out(struct made_up *made, size_t n, size_t size, int i)
{
	void *at = NULL;

	if (below(made, 30) && n <= MADE_UP_ARENA)
		at = room(made, n * size, i);
	else
		put_none(made, i);
	if (at)
		memset(at, 0, n * size);
	made->fits &= n <= MADE_UP_ARENA;
}

static void put_names(struct made_up *made, enum handle_kind kind, size_t n, int i)
{
	uint64_t *at = n <= MADE_UP_ARENA ? room(made, n * sizeof(*at), i) : NULL;

	made->fits &= at != NULL;
	for (size_t done = 0; at && done < n; done++)
		at[done] = name_of(made, kind);
}

static void put_name(struct made_up *made, uint64_t name, int i)
{
	put(made, &name, sizeof(name), i);
}

static void put_string(struct made_up *made, int i)
{
	static const char *const strings[] = { "nothing", "some", "counter", "image", "", "x" };
	const char *string = strings[below(made, 6)];

	put(made, string, strlen(string) + 1, i);
}

#define DECLARE_IN(t, a)         t a; make_up(made, #t, #a, &a, sizeof(a)); (void)a;
#define DECLARE_IN_PTR(t, a)
#define DECLARE_STR(a)
#define DECLARE_IN_BUF(t, a, n)
#define DECLARE_OUT(t, a)
#define DECLARE_OUT_BUF(t, a, n)
#define DECLARE_HANDLE(t, a)
#define DECLARE_HANDLES(t, a, n)
#define DECLARE_NEW(t, a)
#define DECLARE_DROP(t, a)
#define DECLARE(i, x)            DECLARE_##x

#define PUT_IN(t, a)         put(made, &a, sizeof(a) PUT_AT
#define PUT_IN_PTR(t, a)     put_array(made, #t, #a, 1, sizeof(t) PUT_AT
#define PUT_STR(a)           put_string(made PUT_AT
#define PUT_IN_BUF(t, a, n)  put_array(made, #t, #a, n, sizeof(t) PUT_AT
#define PUT_OUT(t, a)        put_out(made, 1, sizeof(t) PUT_AT
#define PUT_OUT_BUF(t, a, n) put_out(made, n, sizeof(t) PUT_AT
#define PUT_HANDLE(t, a)     put_name(made, name_of(made, KIND_##t) PUT_AT
#define PUT_HANDLES(t, a, n) put_names(made, KIND_##t, n PUT_AT
#define PUT_NEW(t, a)        put_name(made, made_up_name(KIND_##t) PUT_AT
#define PUT_DROP(t, a)       put_name(made, name_of(made, KIND_##t) PUT_AT
#define PUT_AT(i)            , i);
#define PUT(i, x)            PUT_##x(i)

#define MAKE(id, name_, when, ...)                                                      \
	static void make_##name_(struct made_up *made)                                   \
	{                                                                               \
		MAP(DECLARE, __VA_ARGS__) MAP(PUT, __VA_ARGS__)                         \
	}
#define CALL(...) MAKE(__VA_ARGS__)
#define WRAP(...) MAKE(__VA_ARGS__)
#define HAND(...) MAKE(__VA_ARGS__)
#include "wire/calls.def"

#define CALL(id, name_, ...) { id, make_##name_ },
#define WRAP(id, name_, ...) { id, make_##name_ },
#define HAND(id, name_, ...) { id, make_##name_ },
static const struct {
	enum call_id id;
	void (*make)(struct made_up *);
} makers[] = {
#include "wire/calls.def"
};

#define N_MAKERS	(sizeof(makers) / sizeof(makers[0]))

/* What would wait for something that nobody does; made_up.h */
static bool left_out(enum call_id id)
{
	switch (id) {
	case CALL_callback_next:
	case CALL_cuStreamWaitValue32_v2:
	case CALL_cuStreamWaitValue64_v2:
	case CALL_cuStreamBatchMemOp_v2:
	case CALL_node_add_batch:
	case CALL_node_set_batch:
	case CALL_exec_set_batch:
#ifdef __SANITIZE_THREAD__
	case CALL_cuMemAddressReserve:	/* of a wish that it does not like it makes 0 */
#endif
		return true;
	default:
		return false;
	}
}

/* After which the other calls have little to be about */
static bool is_rare(enum call_id id)
{
	return id == CALL_primary_reset || id == CALL_primary_release ||
	       id == CALL_cuCtxDestroy_v2 || id == CALL_green_destroy ||
	       id == CALL_cuModuleUnload || id == CALL_cuLibraryUnload;
}

static void remember(struct made_up *made, uint64_t word)
{
	enum handle_kind kind = handle_kind(word);

	if (kind > KIND_CUcontext && kind < KIND_END)
		living[kind][below(made, LIVING)] = word;
	else if (word > 65536 && word < 1ull << 48 && below(made, 2))
		addresses[below(made, LIVING)] = word;
}

void made_up_learn(struct made_up *made, const struct call *call, const uint8_t *payload)
{
	const uint8_t *at = payload;

	for (int i = 0; i < call->n_params; i++) {
		const struct param *param = &call->params[i];
		uint64_t word;

		if (made->argv[i].n == ARG_NONE)
			continue;
		if (param->word == WORD_NEW) {
			memcpy(&word, made->argv[i].p, sizeof(word));
			living[param->kind][below(made, LIVING)] = word;
		}
		if (!word_is_out(param->word))
			continue;
		if (given_type(call->spelt[i].type) >= 0 && made->argv[i].n >= param->fixed)
			keep_given(made, given_type(call->spelt[i].type), at, made->argv[i].n);
		for (size_t n = 0; n + 8 <= made->argv[i].n; n += 8) {
			memcpy(&word, at + n, sizeof(word));
			remember(made, word);
		}
		at += (made->argv[i].n + 7) & ~(size_t)7;
	}
}

void made_up_know(uint64_t name, uint64_t address)
{
	static _Atomic unsigned n_addresses;

	if (address)
		addresses[n_addresses++ % LIVING] = address;
	for (int i = 0; name && i < LIVING; i++)
		living[handle_kind(name)][i] = name;
}

enum call_id made_up_call(struct made_up *made)
{
	size_t which = below(made, N_MAKERS);
	enum call_id id = makers[which].id;

	if (left_out(id) || (is_rare(id) && below(made, 50)))
		return CALL_NONE;
	made->used = 0;
	made->fits = true;
	made->context = name_of(made, KIND_CUcontext);
	makers[which].make(made);
	return made->fits ? id : CALL_NONE;
}
