rootProject.name = "shop"
// include(":no")
include(":app", ":lib:util")
