plugins {
    kotlin("jvm") version "2.1.0"
    application
}

/* java { toolchain { languageVersion.set(JavaLanguageVersion.of(8)) } } */
kotlin {
    jvmToolchain(libs.versions.java.get().toInt())
}

dependencies {
    implementation(libs.ktor.core)
    implementation(project(":lib:util"))
}

tasks.test {
    useJUnitPlatform()
}
