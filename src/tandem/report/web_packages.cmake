# install_web_packages(SOURCES BUILD RESULT) installs what web/package-lock.json names into BUILD, once for
# each version of that file, and sets RESULT to whether the packages are there. It runs at configure time, as
# finding a dependency does, so that the choice between script and stub is made before anything is built;
# an offline attempt is made again by the next configuration.
function(install_web_packages sources build result)
  set(${result} OFF PARENT_SCOPE)
  find_program(TANDEM_NODE NAMES node nodejs)
  find_program(TANDEM_NPM npm)
  mark_as_advanced(TANDEM_NODE TANDEM_NPM)
  if(NOT TANDEM_NODE OR NOT TANDEM_NPM)
    message(WARNING "Node or npm is missing: reports will be plain tables (Debian: apt-get install nodejs npm)")
    return()
  endif()

  set(manifest package.json package-lock.json .npmrc)
  list(TRANSFORM manifest PREPEND ${sources}/ OUTPUT_VARIABLE manifest_files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${manifest_files})
  # What only checks the page is left out where nothing is tested.
  set(flags "")
  if(NOT TANDEM_TESTS)
    set(flags --omit=dev)
  endif()
  set(wanted "${flags}")
  foreach(file ${manifest_files})
    file(SHA256 ${file} sum)
    string(APPEND wanted " ${sum}")
  endforeach()
  set(present "")
  if(EXISTS ${build}/installed)
    file(READ ${build}/installed present)
  endif()
  if(present STREQUAL wanted)
    set(${result} ON PARENT_SCOPE)
    return()
  endif()

  message(STATUS "Installing the packages of the report page")
  file(MAKE_DIRECTORY ${build})
  foreach(file ${manifest_files})
    file(COPY ${file} DESTINATION ${build})
  endforeach()
  execute_process(
    COMMAND ${TANDEM_NPM} ci ${flags} --ignore-scripts --prefer-offline --fetch-retries=1 --fetch-timeout=60000
    WORKING_DIRECTORY ${build}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    string(STRIP "${output}" output)
    message(WARNING "npm could not install the packages of the report page: reports will be plain tables.\n${output}")
    return()
  endif()
  file(WRITE ${build}/installed "${wanted}")
  set(${result} ON PARENT_SCOPE)
endfunction()
