plugins {
    `java-library`
    `maven-publish`
}
