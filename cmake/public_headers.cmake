# SPDX-License-Identifier: Apache-2.0
# write_public_headers(FOLDER): plugin.hpp and whatever it includes, as FOLDER/predcorr/...: what is installed. Here
# sources include each other as "core/base/error.hpp"; where others build, that name could be anybody's, so there it is
# <predcorr/core/base/error.hpp>.
function(write_public_headers folder)
  set(waiting plugin.hpp)
  set(seen)
  while(waiting)
    list(POP_FRONT waiting header)
    if(header IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${header})
    file(READ ${header} text)
    string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${text}")
    list(TRANSFORM includes REPLACE "#include \"([^\"]+)\"" "\\1")
    list(APPEND waiting ${includes})
    string(REGEX REPLACE "#include \"([^\"]+)\"" "#include <predcorr/\\1>" text "${text}")
    file(GENERATE OUTPUT ${folder}/predcorr/${header} CONTENT "${text}")
  endwhile()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${seen})
  # What is public no longer must not stay.
  file(GLOB_RECURSE there RELATIVE ${folder}/predcorr ${folder}/predcorr/*.hpp)
  list(REMOVE_ITEM there ${seen})
  list(TRANSFORM there PREPEND ${folder}/predcorr/)
  if(there)
    file(REMOVE ${there})
  endif()
endfunction()
