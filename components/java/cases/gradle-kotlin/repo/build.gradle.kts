plugins {
    alias(libs.plugins.spotless)
}
