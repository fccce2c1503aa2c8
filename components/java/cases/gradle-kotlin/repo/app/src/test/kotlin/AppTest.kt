class AppTest {
    @Test
    fun works() {}
}
