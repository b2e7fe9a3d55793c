/* The inside of a loss. */
#ifndef CORNU_NN_LOSS_H
#define CORNU_NN_LOSS_H

#include "nn/class.h"

/* Takes reduction and type from the arguments; called by cornu_object_create_ before the class'
 * init. */
cornu_status cornu_loss_prepare_(cornu_loss *loss);
/* cornu_loss_call_weighted with a mask (NULL: none) of y_pred's leading axes. */
cornu_tensor *cornu_loss_compute_(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight,
    cornu_tensor *mask
);

#endif
