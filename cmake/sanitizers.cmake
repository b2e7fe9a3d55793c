# Sanitizers and coverage change every object and every link, so they are set for the whole tree.
if(CORNU_SANITIZE)
    add_compile_options(-fsanitize=${CORNU_SANITIZE} -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=${CORNU_SANITIZE})
    if(CORNU_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
endif()

if(CORNU_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(CORNU_COVERAGE)
    add_compile_options(--coverage -O0 -g)
    add_link_options(--coverage)
endif()
