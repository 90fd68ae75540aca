# SPDX-License-Identifier: Apache-2.0
# cmake -DFILES=a_test.cpp|b_test.cpp -DOUTPUT=batch.cpp -P test_batch.cmake: writes several files as one. Tests do not
# know of each other, so what was in a file's unnamed namespace gets one with the file's name.
string(REPLACE "|" ";" FILES "${FILES}")
set(batch "")
foreach(file ${FILES})
  file(READ ${file} text)
  get_filename_component(stem ${file} NAME_WE)
  string(REPLACE "\nnamespace {\n" "\nnamespace in_${stem} {\n" text "${text}")
  string(APPEND batch "#line 1 \"${file}\"\n${text}")
endforeach()
file(WRITE ${OUTPUT} "${batch}")
