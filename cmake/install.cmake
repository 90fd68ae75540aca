# SPDX-License-Identifier: Apache-2.0
# The program, the library and what a plug-in outside this tree needs: headers, and find_package(predcorr).
include(CMakePackageConfigHelpers)

set_target_properties(predcorr_program PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
install(TARGETS predcorr predcorr_program predcorr_flags EXPORT predcorrTargets)
install(DIRECTORY harness/suites results/references models/external DESTINATION ${CMAKE_INSTALL_DATADIR}/predcorr
        PATTERN "*.cpp" EXCLUDE PATTERN "*.hpp" EXCLUDE PATTERN "__pycache__" EXCLUDE)
install(DIRECTORY ${PREDCORR_PUBLIC_HEADERS}/predcorr DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/predcorr)
install(EXPORT predcorrTargets NAMESPACE predcorr:: DESTINATION ${package})
configure_package_config_file(cmake/predcorrConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/predcorrConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/predcorrConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/predcorrConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/predcorrConfigVersion.cmake DESTINATION ${package})
