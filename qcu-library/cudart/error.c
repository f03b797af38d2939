/* SPDX-License-Identifier: MIT */
/*
 * Errors: their names, their texts, where they come from and the thread's last one.
 *
 * The runtime took over the driver's numbers in CUDA 10.1; error.def pairs the
 * names and the compiler checks that each pair is one number.
 */
#include "absent.h"
#include "cudart.h"

#define SAME(runtime, cu, text)                                                                    \
	static_assert((int)(runtime) == (int)(cu), #runtime " and " #cu " are one number");
#define ONLY(runtime, text)
#include "error.def"
#undef SAME
#undef ONLY

static __thread cudaError_t last_error;

#define UNRECOGNIZED "unrecognized error code"

const char *cudaGetErrorName(cudaError_t error)
{
	switch ((int)error) {
#define SAME(runtime, cu, text) ONLY(runtime, text)
#define ONLY(runtime, text)                                                                        \
	case runtime:                                                                              \
		return #runtime;
#include "error.def"
#undef ONLY
	}
	return UNRECOGNIZED;
}

const char *cudaGetErrorString(cudaError_t error)
{
	switch ((int)error) {
#define ONLY(runtime, text)                                                                        \
	case runtime:                                                                              \
		return text;
#include "error.def"
#undef ONLY
#undef SAME
	}
	return UNRECOGNIZED;
}

/**
 * error_of_failure() - the runtime's error for a driver's
 *
 * Return: the same number, or cudaErrorUnknown for the few that the runtime does
 * not have (CUDA_ERROR_CONTEXT_ALREADY_CURRENT, or one of a newer driver).
 */
cudaError_t error_of_failure(CUresult result)
{
	switch ((int)result) {
#define SAME(runtime, cu, text)                                                                    \
	case cu:                                                                                   \
		return runtime;
#define ONLY(runtime, text)
#include "error.def"
#undef SAME
#undef ONLY
	}
	return cudaErrorUnknown;
}

/**
 * error_set() - note the outcome of a public call for cudaGetLastError()
 *
 * Success leaves an earlier error standing; cudaErrorNotReady is an answer and
 * no error (CUDA Programming Guide, "Error Checking").
 *
 * Return: @error, for the caller to return.
 */
cudaError_t error_set(cudaError_t error)
{
	if (error != cudaSuccess && error != cudaErrorNotReady)
		last_error = error;
	return error;
}

/* Where the driver cannot be used, that is the last error for good. */
cudaError_t cudaGetLastError(void)
{
	cudaError_t error = driver_enter();

	if (error)
		return error;
	error = last_error;
	last_error = cudaSuccess;
	return error;
}

cudaError_t cudaPeekAtLastError(void)
{
	cudaError_t error = driver_enter();

	return error ? error : last_error;
}

static_assert(cudaErrorNotSupported == 801, "absent.c says so");

int absent_error(int error)
{
	return error_set((cudaError_t)error);
}
