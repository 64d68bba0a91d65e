#include "build.h"

// Says which C library this is.
#include <limits.h>

#ifndef CAIRN_COMMIT
#define CAIRN_COMMIT ""
#endif

#ifndef CAIRN_TIME
#define CAIRN_TIME 0
#endif

long long cairn_build_time(void) { return CAIRN_TIME; }

const char *cairn_build_commit(void) { return CAIRN_COMMIT; }

static int count;
static char **words;

int cairn_argument_count(void) { return count; }
char *const *cairn_arguments(void) { return words; }

// Of the C libraries that Cairn is built with, glibc alone hands the command line to what runs before main.
#if defined(__linux__) && defined(__GLIBC__)
static void keep(int given_count, char **given_words, char **environment) {
    (void)environment;
    count = given_count;
    words = given_words;
}

__attribute__((section(".init_array"), used)) static void (*const keeper)(int, char **, char **) = keep;
#endif
