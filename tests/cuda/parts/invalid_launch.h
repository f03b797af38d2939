/* SPDX-License-Identifier: MIT */
/*
 * A launch of a grid or block that cannot be, and what is done with an address that is no kernel's: until
 * CUDA 13 the runtime had other errors
 */
#if CUDART_VERSION < 13000
#define EXPECT_INVALID_LAUNCH(call) EXPECT(cudaErrorInvalidConfiguration, call)
#define EXPECT_NO_KERNEL(call)	    EXPECT(cudaErrorInvalidDeviceFunction, call)
#else
#define EXPECT_INVALID_LAUNCH(call) EXPECT(cudaErrorInvalidValue, call)
#define EXPECT_NO_KERNEL(call)	    EXPECT(cudaErrorInvalidResourceHandle, call)
#endif
