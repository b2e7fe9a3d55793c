/* A program outside the tree: prints the version if the installed headers and library belong
 * together and work. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    if (strcmp(cornu_version(), CORNU_VERSION) != 0) return 1;
    CORNU_SCOPE {
        cornu_tensor *five = cornu_op_add(cornu_scalar(2), cornu_scalar(3));
        cornu_check(five);
        if (cornu_tensor_item(five) != 5) return 2;
    }
    printf("cornu %s\n", cornu_version());
    return 0;
}
