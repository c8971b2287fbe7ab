// The one main() of the doctest suites.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#define DOCTEST_CONFIG_IMPLEMENT  // what the line above means, where a precompiled header has been read
                                  // before
#include <doctest/doctest.h>
