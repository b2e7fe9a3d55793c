# Install rules: both libraries, the headers, a CMake package and a pkg-config file.
include(CMakePackageConfigHelpers)

install(TARGETS cornu EXPORT cornuTargets)
install(TARGETS cornu_static EXPORT cornuStaticTargets)
install(TARGETS cornu_reader RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/cornu")
if(TARGET cornu_cli)
    install(TARGETS cornu_cli)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.h"
)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/cornu")
install(EXPORT cornuTargets NAMESPACE cornu:: DESTINATION "${package_dir}")
install(EXPORT cornuStaticTargets NAMESPACE cornu:: DESTINATION "${package_dir}")
configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/cornuConfig.cmake.in" "${PROJECT_BINARY_DIR}/cornuConfig.cmake"
    INSTALL_DESTINATION "${package_dir}"
)
write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/cornuConfigVersion.cmake" COMPATIBILITY SameMinorVersion
)
install(FILES "${PROJECT_BINARY_DIR}/cornuConfig.cmake"
              "${PROJECT_BINARY_DIR}/cornuConfigVersion.cmake" DESTINATION "${package_dir}"
)

# What a static link needs besides -lcornu.
set(CORNU_PC_PRIVATE "-lcjson -lzip -lz")
foreach(directory IN LISTS HDF5_LIBRARY_DIRS)
    string(APPEND CORNU_PC_PRIVATE " -L${directory}")
endforeach()
string(APPEND CORNU_PC_PRIVATE " -lhdf5")
if(CORNU_HAVE_PROTOBUF)
    string(APPEND CORNU_PC_PRIVATE " -lprotobuf-c")
endif()
if(PNG_FOUND)
    string(APPEND CORNU_PC_PRIVATE " -lpng")
endif()
if(JPEG_FOUND)
    string(APPEND CORNU_PC_PRIVATE " -ljpeg")
endif()
if(CORNU_HAVE_ONEDNN)
    string(APPEND CORNU_PC_PRIVATE " -ldnnl")
endif()
if(CORNU_OPENMP)
    string(APPEND CORNU_PC_PRIVATE " -fopenmp")
endif()
string(APPEND CORNU_PC_PRIVATE " -lpthread -lm")
file(RELATIVE_PATH CORNU_PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_LIBDIR}"
     "${CMAKE_INSTALL_FULL_INCLUDEDIR}"
)
configure_file("${PROJECT_SOURCE_DIR}/cmake/cornu.pc.in" "${PROJECT_BINARY_DIR}/cornu.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/cornu.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
