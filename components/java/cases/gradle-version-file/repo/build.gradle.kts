plugins {
    kotlin("jvm") version "2.3.0"
}
