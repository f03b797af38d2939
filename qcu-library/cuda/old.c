/* SPDX-License-Identifier: MIT */
/*
 * old.c - earlier names of functions, for programs built long ago
 *
 * Only those whose parameters a program of today's word size could mean; the
 * others are of a time when device pointers had 32 bits, and absent.
 */
#include "qcu-library/cuda/api.h"

#define OLD(name, params, call) \
	CUresult CUDAAPI name params { return call; }

OLD(cuStreamDestroy, (CUstream stream), cuStreamDestroy_v2(stream))
OLD(cuEventDestroy, (CUevent event), cuEventDestroy_v2(event))
OLD(cuEventElapsedTime, (float *ms, CUevent start, CUevent end),
    cuEventElapsedTime_v2(ms, start, end))
OLD(cuLinkCreate,
    (unsigned int n, CUjit_option *options, void **values, CUlinkState *state),
    cuLinkCreate_v2(n, options, values, state))
OLD(cuLinkAddData,
    (CUlinkState state, CUjitInputType type, void *data, size_t size, const char *name,
     unsigned int n, CUjit_option *options, void **values),
    cuLinkAddData_v2(state, type, data, size, name, n, options, values))
OLD(cuLinkAddFile,
    (CUlinkState state, CUjitInputType type, const char *path, unsigned int n,
     CUjit_option *options, void **values),
    cuLinkAddFile_v2(state, type, path, n, options, values))
OLD(cuCtxDestroy, (CUcontext ctx), cuCtxDestroy_v2(ctx))
OLD(cuCtxPushCurrent, (CUcontext ctx), cuCtxPushCurrent_v2(ctx))
OLD(cuCtxPopCurrent, (CUcontext *ctx), cuCtxPopCurrent_v2(ctx))
OLD(cuDevicePrimaryCtxRelease, (CUdevice dev), cuDevicePrimaryCtxRelease_v2(dev))
OLD(cuDevicePrimaryCtxReset, (CUdevice dev), cuDevicePrimaryCtxReset_v2(dev))
OLD(cuDevicePrimaryCtxSetFlags, (CUdevice dev, unsigned int flags),
    cuDevicePrimaryCtxSetFlags_v2(dev, flags))
OLD(cuDeviceGetUuid, (CUuuid *uuid, CUdevice dev), cuDeviceGetUuid_v2(uuid, dev))
OLD(cuMemHostRegister, (void *p, size_t bytes, unsigned int flags),
    cuMemHostRegister_v2(p, bytes, flags))

OLD(cuStreamWaitValue32,
    (CUstream stream, CUdeviceptr addr, cuuint32_t value, unsigned int flags),
    cuStreamWaitValue32_v2(stream, addr, value, flags))
OLD(cuStreamWaitValue64,
    (CUstream stream, CUdeviceptr addr, cuuint64_t value, unsigned int flags),
    cuStreamWaitValue64_v2(stream, addr, value, flags))
OLD(cuStreamWriteValue32,
    (CUstream stream, CUdeviceptr addr, cuuint32_t value, unsigned int flags),
    cuStreamWriteValue32_v2(stream, addr, value, flags))
OLD(cuStreamWriteValue64,
    (CUstream stream, CUdeviceptr addr, cuuint64_t value, unsigned int flags),
    cuStreamWriteValue64_v2(stream, addr, value, flags))
OLD(cuStreamBatchMemOp,
    (CUstream stream, unsigned int count, CUstreamBatchMemOpParams *params, unsigned int flags),
    cuStreamBatchMemOp_v2(stream, count, params, flags))
