// Hello greets.
package main

func main() {
	println("hello")
}
