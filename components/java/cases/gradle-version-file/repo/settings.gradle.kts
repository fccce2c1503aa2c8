rootProject.name = "streams"
