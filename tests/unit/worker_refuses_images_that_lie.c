/* SPDX-License-Identifier: MIT */
/*
 * worker_refuses_images_that_lie.c - images for modules and the linker
 *
 * An image is as long as it says, takes no more memory than the worker has for images, has a name
 * only if the daemon knows it; and a linker's state is the worker's own.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/guest.c tests/unit/double/regions.c */
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "tests/unit/check.h"
#include "tests/unit/double/guest.h"
#include "tests/unit/double/regions.h"
#include "wire/payload.h"

static int called;

static void images_must_be_as_long_as_they_say(void)
{
	struct wire_image image = { .region = 1, .kind = WIRE_IMAGE_PLAIN, .bytes = 64 };
	struct wire_piece piece = { .bytes = 64 };
	uint64_t module = handle_make(KIND_CUmodule, 1, 20);
	uint32_t one = 1, none = 0;
	uint32_t fatbin[4] = { 0xba55ed50, 1 | 16 << 16, 1000, 0 };
	int result, rc;
	struct arg argv[] = {
		{ &module, 8 }, { &image, sizeof(image) }, { &one, 4 }, { &piece, sizeof(piece) },
		{ &none, 4 }, { NULL, ARG_NONE }, { &none, 4 }, { NULL, ARG_NONE },
		{ &none, 4 }, { NULL, ARG_NONE }, { &result, 4 },
	};

	memcpy(memory, fatbin, sizeof(fatbin));
	CHECK(post(CALL_module_load, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_IMAGE);
	piece.offset = 8;	/* now it ends behind the image */
	CHECK(post(CALL_module_load, argv, NULL) < 0);
	renew();
	/* more than the host would like to copy, in a file and in memory; it asks for nothing */
	image = (struct wire_image){ .region = 3, .kind = WIRE_IMAGE_PLAIN, .bytes = 5ull << 30 };
	piece = (struct wire_piece){ .bytes = image.bytes };
	CHECK(post(CALL_module_load, argv, &rc) > 0 && rc == CUDA_ERROR_OUT_OF_MEMORY);
	piece.bytes = 64;
	CHECK(post(CALL_module_load, argv, &rc) > 0 && rc == CUDA_ERROR_OUT_OF_MEMORY);
	image.bytes = 4096;
	CHECK(post(CALL_module_load, argv, &rc) > 0 && rc == CUDA_ERROR_INVALID_IMAGE);
}

/* There is no daemon here, and so no image has a name. */
static void digests_name_what_the_daemon_has(void)
{
	struct wire_digest digest = { { 1 } };
	uint64_t module = handle_make(KIND_CUmodule, 1, 20), bytes = 1 << 20;
	uint32_t kind = WIRE_IMAGE_PLAIN, none = 0, known = 1;
	int result, rc;
	struct arg ask[] = { { &bytes, 8 }, { &known, 4 } };
	struct arg argv[] = {
		{ &module, 8 }, { &digest, sizeof(digest) }, { &kind, 4 }, { &bytes, 8 },
		{ &none, 4 }, { NULL, ARG_NONE }, { &none, 4 }, { NULL, ARG_NONE },
		{ &none, 4 }, { NULL, ARG_NONE }, { &result, 4 },
	};

	CHECK(post(CALL_image_known, ask, &rc) > 0 && rc == CUDA_SUCCESS);
	CHECK(post(CALL_module_load_known, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_FOUND);
	bytes = UINT64_MAX;
	CHECK(post(CALL_module_load_known, argv, &rc) > 0 && rc == CUDA_ERROR_NOT_FOUND);
	kind = WIRE_IMAGE_WRAPPER + 1;
	CHECK(post(CALL_module_load_known, argv, NULL) < 0);
	renew();
	ask[1].n = ARG_NONE;
	CHECK(post(CALL_image_known, ask, NULL) < 0);
	renew();
}

static CUresult CUDAAPI fake_link_create(unsigned int n, CUjit_option *options, void **values,
					 CUlinkState *state)
{
	called++;
	*state = (CUlinkState)0x7000;
	return CUDA_SUCCESS;
}

/* The object behind a link's handle is the worker's own: no number stands for one. */
static void links_are_made_here(void)
{
	uint64_t state = handle_make(KIND_CUlinkState, 1, 77), special = 1, offset = 0;
	uint32_t none = 0, bytes = 64, huge = 1u << 30;
	uint8_t data[64];
	struct wire_option pointer = { .option = CU_JIT_INFO_LOG_BUFFER, .value = 0x1000 };
	const struct arg create[] = { { &state, 8 }, { &none, 4 }, { NULL, ARG_NONE },
				      { &none, 4 }, { &none, 4 } };
	uint32_t one = 1;
	const struct arg with_pointer[] = { { &state, 8 }, { &one, 4 },
					    { &pointer, sizeof(pointer) }, { &none, 4 },
					    { &none, 4 } };
	const struct arg with_logs[] = { { &state, 8 }, { &none, 4 }, { NULL, ARG_NONE },
					 { &huge, 4 }, { &huge, 4 } };
	const struct arg fetch_special[] = { { &special, 8 }, { &offset, 8 }, { &bytes, 4 },
					     { data, sizeof(data) } };
	const struct arg fetch[] = { { &state, 8 }, { &offset, 8 }, { &bytes, 4 },
				     { data, sizeof(data) } };
	int rc;

	driver.cuLinkCreate_v2 = fake_link_create;
	CHECK(post(CALL_link_create, with_pointer, NULL) < 0);
	renew();
	CHECK(post(CALL_link_create, with_logs, NULL) < 0);
	renew();
	CHECK(post(CALL_link_fetch, fetch, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(post(CALL_link_fetch, fetch_special, &rc) > 0 && rc == CUDA_ERROR_INVALID_HANDLE);
	CHECK(post(CALL_link_create, create, &rc) > 0 && rc == CUDA_SUCCESS);
	CHECK(post(CALL_link_fetch, fetch, NULL) < 0);	/* nothing has been linked */
	renew();
}

int main(void)
{
	renew();
	images_must_be_as_long_as_they_say();
	digests_name_what_the_daemon_has();
	links_are_made_here();
	dispatch_destroy(dispatch);
	return 0;
}
