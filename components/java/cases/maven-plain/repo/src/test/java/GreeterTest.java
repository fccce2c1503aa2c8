import org.junit.jupiter.api.Test;

class GreeterTest {
    @Test
    void greets() {}
}
