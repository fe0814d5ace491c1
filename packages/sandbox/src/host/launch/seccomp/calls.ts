/** The system calls that Node.js with isolated-vm lives with, by their numbers on x64 and on arm64; not every one is on both. */
type Numbers = readonly [x64: number | undefined, arm64: number | undefined]

/**
 * Found by tracing both profiles through starts, calls, timers, limits and crashes; beside those, the ones that stand in for
 * them in other versions of libc and V8. None opens a socket, starts a process, changes a file, or looks into another process.
 */
export const ALLOWED: Record<string, Numbers> = {
  // The most frequent come first: a filter is read from its top.
  futex: [202, 98],
  mmap: [9, 222],
  munmap: [11, 215],
  madvise: [28, 233],
  mprotect: [10, 226],
  read: [0, 63],
  write: [1, 64],
  epoll_pwait: [281, 22],
  getpid: [39, 172],
  clock_nanosleep: [230, 115],
  // Memory.
  brk: [12, 214],
  mremap: [25, 216],
  mincore: [27, 232],
  membarrier: [324, 283],
  pkey_alloc: [330, 289],
  pkey_free: [331, 290],
  pkey_mprotect: [329, 288],
  // The pipe to the parent, and events of one's own threads.
  readv: [19, 65],
  writev: [20, 66],
  close: [3, 57],
  close_range: [436, 436],
  fcntl: [72, 25],
  dup: [32, 23],
  dup2: [33, undefined],
  dup3: [292, 24],
  pipe2: [293, 59],
  eventfd2: [290, 19],
  epoll_create1: [291, 20],
  epoll_ctl: [233, 21],
  epoll_wait: [232, undefined],
  epoll_pwait2: [441, 441],
  poll: [7, undefined],
  ppoll: [271, 73],
  select: [23, undefined],
  pselect6: [270, 72],
  getsockname: [51, 204],
  getsockopt: [55, 209],
  shutdown: [48, 210],
  // Reading one's own code.
  openat: [257, 56],
  open: [2, undefined],
  stat: [4, undefined],
  pread64: [17, 67],
  lseek: [8, 62],
  fstat: [5, 80],
  newfstatat: [262, 79],
  statx: [332, 291],
  access: [21, undefined],
  faccessat: [269, 48],
  faccessat2: [439, 439],
  readlink: [89, undefined],
  readlinkat: [267, 78],
  getcwd: [79, 17],
  getdents64: [217, 61],
  // Threads and signals of one's own.
  sched_yield: [24, 124],
  sched_getaffinity: [204, 123],
  sched_getparam: [143, 121],
  sched_getscheduler: [145, 120],
  getcpu: [309, 168],
  rseq: [334, 293],
  set_robust_list: [273, 99],
  set_tid_address: [218, 96],
  arch_prctl: [158, undefined],
  rt_sigreturn: [15, 139],
  rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135],
  sigaltstack: [131, 132],
  kill: [62, 129],
  tgkill: [234, 131],
  exit: [60, 93],
  exit_group: [231, 94],
  restart_syscall: [219, 128],
  // Who and where one is, and what time.
  gettid: [186, 178],
  getppid: [110, 173],
  getuid: [102, 174],
  geteuid: [107, 175],
  getgid: [104, 176],
  getegid: [108, 177],
  capget: [125, 90],
  getrusage: [98, 165],
  times: [100, 153],
  uname: [63, 160],
  sysinfo: [99, 179],
  getrandom: [318, 278],
  clock_gettime: [228, 113],
  clock_getres: [229, 114],
  gettimeofday: [96, 169],
  time: [201, undefined],
  nanosleep: [35, 101],
  // The launcher is under the filter already when it starts Node, and when it waits for its end. There is nothing else in the jail to start.
  execve: [59, 221],
  wait4: [61, 260],
}

/** Allowed for some arguments only. */
export const CHECKED: Record<'clone' | 'ioctl' | 'prctl' | 'prlimit64', Numbers> = {
  clone: [56, 220],
  ioctl: [16, 29],
  prctl: [157, 167],
  prlimit64: [302, 261],
}

/** Answered as by a kernel that has not heard of them: those who ask then take the old way. */
export const UNKNOWN: Record<string, Numbers> = {
  // What it is to make stands in memory, where a filter cannot look; libc makes threads by `clone` instead.
  clone3: [435, 435],
}
