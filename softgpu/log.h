/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_LOG_H
#define SOFTGPU_LOG_H

/**
 * log_error() - one line for whoever has to find out what went wrong
 *
 * Goes to standard error, or to the file that $QCUDA_SOFTGPU_LOG names, or nowhere if that
 * is "off".  Only for what a CUDA error code cannot say: which instruction, which thread.
 */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* SOFTGPU_LOG_H */
