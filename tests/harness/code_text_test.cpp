#include "harness/code_text.h"

#include <doctest/doctest.h>

#include <string>

using costwar::harness::extract_code;
using costwar::harness::extract_last_code;

TEST_CASE("the program in a reply is its first Python block") {
  CHECK(extract_code("Here:\n```python\nx = 1\n```\nDone.") == "x = 1\n");
  CHECK(extract_code("```Python\nx = 1\n```") == "x = 1\n");
  CHECK(extract_code("```py\nx = 1\n```") == "x = 1\n");
  CHECK(extract_code("```python3 title=\"a\"\nx = 1\n```") == "x = 1\n");
  CHECK(extract_code("```python\r\nx = 1\r\n```\r\n") == "x = 1\r\n");
  SUBCASE("not a block of another language, nor one without a label before it") {
    CHECK(extract_code("```sh\npip install x\n```\n```python\nx = 1\n```\n```python\nx = 2\n```") ==
          "x = 1\n");
    CHECK(extract_code("```\n>>> f(1)\n```\n```python\nx = 1\n```") == "x = 1\n");
  }
  SUBCASE("without a label, the first block without one") {
    CHECK(extract_code("```sh\nls\n```\n```\nx = 1\n```\n```\nx = 2\n```") == "x = 1\n");
  }
  SUBCASE("without any, the whole text with its indentation") {
    CHECK(extract_code("    return x\n") == "    return x\n");
    CHECK(extract_code("```sh\nls\n```\n") == "```sh\nls\n```\n");
    CHECK(extract_code("").empty());
  }
  SUBCASE("a block that was cut off ends with the text") {
    CHECK(extract_code("```python\ndef f():\n    retu") == "def f():\n    retu");
    CHECK(extract_code("```python").empty());
  }
  SUBCASE("a longer fence holds shorter ones; backticks in a line of prose are no fence") {
    CHECK(extract_code("````python\ns = '''\n```\n'''\n````\n") == "s = '''\n```\n'''\n");
    CHECK(extract_code("Use ```python``` here\n```python\nx = 1\n```") == "x = 1\n");
    CHECK(extract_code("```python x = 0```\n```python\nx = 1\n```") == "x = 1\n");
  }
  SUBCASE("the indentation of the fence is taken off, and no more") {
    CHECK(extract_code("1. So:\n   ```python\n   def f():\n       return 1\n   ```") ==
          "def f():\n    return 1\n");
    CHECK(extract_code("   ```python\n x = 1\n   ```") == "x = 1\n");
  }
  SUBCASE("a label opens a block but does not close one") {
    CHECK(extract_code("```python\nx = '''\n```python\n'''\n```") == "x = '''\n```python\n'''\n");
  }
}

TEST_CASE("the second way of reading takes the last Python block") {
  CHECK(extract_last_code("```python\nx = 1\n```\n```python\nx = 2\n```\n```\ny\n```") == "x = 2\n");
  CHECK(extract_last_code("```python\nx = 1\n```") == "x = 1\n");
  CHECK(extract_last_code("x = 1") == "x = 1");
}
