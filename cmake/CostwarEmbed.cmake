# costwar_embed(target ROOT folder FILES a.json b.gguf ...): puts each file's bytes into the target through the
# assembler's .incbin and generates embedded_table.inc with one EMBEDDED_FILE(path, symbol, symbol_end) line per file.
# Paths are relative to ROOT; an absolute one stands under its file name. The files are dependencies: a changed file is embedded again.
function(costwar_embed target)
  cmake_parse_arguments(ARG "" "ROOT" "FILES" ${ARGN})
  set(assembly ".section .note.GNU-stack,\"\",@progbits\n.section .rodata\n")
  set(declarations "")
  set(table "")
  set(paths "")
  foreach(file IN LISTS ARG_FILES)
    set(path "${ARG_ROOT}/${file}")
    if(IS_ABSOLUTE "${file}")
      set(path "${file}")
      get_filename_component(file "${file}" NAME)
    endif()
    string(MAKE_C_IDENTIFIER "costwar_embedded_${file}" symbol)
    string(APPEND assembly
      ".balign 64\n.global ${symbol}\n${symbol}:\n.incbin \"${path}\"\n"
      ".global ${symbol}_end\n${symbol}_end:\n.byte 0\n")
    string(APPEND table "EMBEDDED_FILE(\"${file}\", ${symbol}, ${symbol}_end)\n")
    list(APPEND paths "${path}")
  endforeach()
  set(asm_file "${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.s")
  file(CONFIGURE OUTPUT "${asm_file}" CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/embedded_table.inc" CONTENT "${table}" @ONLY)
  set_source_files_properties("${asm_file}" PROPERTIES OBJECT_DEPENDS "${paths}")
  target_sources(${target} PRIVATE "${asm_file}")
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
endfunction()
